using System.Buffers.Binary;
using System.Diagnostics;
using System.Xml.Linq;
using Sv2.Protocol.Inspection;

namespace Sv2.Protocol.Tests.Inspection;

/// <summary>Packets in a capture file, and what tshark makes of them with the dissector.</summary>
internal sealed class Capture
{
    /// <summary>Each packet holds frames and nothing else.</summary>
    public const uint User0 = 147;

    /// <summary>Each packet is an IPv4 datagram.</summary>
    private const uint Ipv4 = 228;

    private const int Port = 34254;

    private readonly uint _linkType;
    private readonly List<byte[]> _packets = [];
    private uint _sequence = 1;

    private Capture(uint linkType) => _linkType = linkType;

    /// <summary>A capture with a packet for each.</summary>
    public static Capture OfFrames(params IEnumerable<byte[]> frames)
    {
        Capture capture = new(User0);
        capture._packets.AddRange(frames);
        return capture;
    }

    /// <summary>A capture of one direction of a TCP connection, cut into segments anywhere.</summary>
    public static Capture OfStream(params IEnumerable<byte[]> segments)
    {
        Capture capture = new(Ipv4);
        foreach (byte[] segment in segments) capture._packets.Add(capture.TcpSegment(segment));
        return capture;
    }

    /// <summary>Runs tshark and gives its description of every packet.</summary>
    public async Task<IReadOnlyList<XElement>> DissectAsync(MessageCatalog catalog)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("sv2-capture-");
        try
        {
            string script = Path.Combine(folder.FullName, "sv2.lua");
            string file = Path.Combine(folder.FullName, "frames.pcap");
            await File.WriteAllTextAsync(script, WiresharkDissector.Write(catalog));
            await File.WriteAllBytesAsync(file, Bytes());
            return await RunAsync("-X", $"lua_script:{script}", "-r", file, "-T", "pdml");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<IReadOnlyList<XElement>> RunAsync(params string[] arguments)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(120));
        ProcessStartInfo start = new("tshark", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start) ?? throw new InvalidOperationException("tshark did not start.");
        try
        {
            Task<string> error = process.StandardError.ReadToEndAsync(patience.Token);
            string output = await process.StandardOutput.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            string complaints = await error;
            Assert.True(process.ExitCode == 0 && !complaints.Contains(".lua", StringComparison.Ordinal), complaints);
            return [.. XDocument.Parse(output).Root!.Elements("packet")];
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    private byte[] Bytes()
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        writer.Write(0xa1b2c3d4);
        writer.Write((ushort)2);
        writer.Write((ushort)4);
        writer.Write(0);
        writer.Write(0);
        writer.Write(1 << 24);
        writer.Write(_linkType);
        for (int i = 0; i < _packets.Count; i++)
        {
            writer.Write(i);
            writer.Write(0);
            writer.Write(_packets[i].Length);
            writer.Write(_packets[i].Length);
            writer.Write(_packets[i]);
        }

        writer.Flush();
        return stream.ToArray();
    }

    // Checksums stay zero: tshark does not check them unless it is told to.
    private byte[] TcpSegment(byte[] data)
    {
        const int HeaderSize = 20;
        byte[] packet = new byte[2 * HeaderSize + data.Length];
        Span<byte> ip = packet;
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)packet.Length);
        ip[8] = 64;
        ip[9] = 6;
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], 0x7f000001);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], 0x7f000001);
        Span<byte> tcp = ip[HeaderSize..];
        BinaryPrimitives.WriteUInt16BigEndian(tcp, 50_000);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], Port);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], _sequence);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], 1);
        tcp[12] = 0x50;
        tcp[13] = 0x18;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], 0xffff);
        data.CopyTo(tcp[HeaderSize..]);
        _sequence += (uint)data.Length;
        return packet;
    }
}
