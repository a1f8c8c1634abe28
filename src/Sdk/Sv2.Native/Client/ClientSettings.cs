using Sv2.Native.Abi;
using Sv2.Native.Security;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;

namespace Sv2.Native.Client;

/// <summary>An <c>sv2_client_config</c> that was checked and copied.</summary>
internal sealed record ClientSettings(
    bool Plaintext, AuthorityPublicKey? Authority, TimeProvider Clock, SetupConnection Setup, ushort[] Extensions, int PayloadMax, int EventsMax)
{
    private const ushort Version = 2;
    private const int ExtensionsMax = 64;
    private const int PayloadMaxDefault = 1 << 20;
    private const int EventsMaxDefault = 256;
    private const int EventsMaxLimit = 65_536;
    private const int TextMax = 255;

    /// <summary>Reads a configuration; <see langword="null"/> and a status when it cannot be used.</summary>
    public static unsafe ClientSettings? Read(NativeClientConfig* config, out Status status)
    {
        status = Check(config);
        if (status != Status.Ok)
            return null;
        AuthorityPublicKey? authority = null;
        if (config->AuthorityKey is not null
            && !AuthorityPublicKey.TryFromBytes(new ReadOnlySpan<byte>(config->AuthorityKey, AuthorityPublicKey.Size), out authority, out var error))
        {
            status = Failure.With(Status.Argument, $"authority_key: {error}");
            return null;
        }
        if (SetupOf(config, out status) is not { } setup)
            return null;
        var extensions = new ushort[(int)config->ExtensionCount];
        new ReadOnlySpan<byte>(config->Extensions, extensions.Length * sizeof(ushort)).CopyTo(System.Runtime.InteropServices.MemoryMarshal.AsBytes(extensions.AsSpan()));
        return new ClientSettings(
            config->Plaintext != 0,
            authority,
            CallersClock.At(config->UnixTime),
            setup,
            extensions,
            config->PayloadMax == 0 ? PayloadMaxDefault : (int)config->PayloadMax,
            config->EventsMax == 0 ? EventsMaxDefault : (int)config->EventsMax);
    }

    private static unsafe Status Check(NativeClientConfig* config)
    {
        if (config is null)
            return Failure.Null("config");
        // A program that was compiled against a later header has a longer struct, whose head means the same.
        if (config->StructSize < (nuint)sizeof(NativeClientConfig))
            return Failure.With(Status.Argument, $"struct_size: {config->StructSize}; set it to sizeof(sv2_client_config), {sizeof(NativeClientConfig)} or more");
        if (config->ExtensionCount > ExtensionsMax || (config->Extensions is null && config->ExtensionCount > 0))
            return Failure.With(Status.Argument, $"extensions: NULL, or {config->ExtensionCount} exceed {ExtensionsMax}");
        if (config->PayloadMax > FrameHeader.PayloadLengthMax)
            return Failure.With(Status.Argument, $"payload_max: {config->PayloadMax} exceeds {FrameHeader.PayloadLengthMax}");
        if (config->EventsMax > EventsMaxLimit)
            return Failure.With(Status.Argument, $"events_max: {config->EventsMax} exceeds {EventsMaxLimit}");
        return Status.Ok;
    }

    private static unsafe SetupConnection? SetupOf(NativeClientConfig* config, out Status status)
    {
        status = Status.Ok;
        string[] names = ["vendor", "hardware_version", "firmware", "device_id", "endpoint_host"];
        string[] texts =
        [
            Arguments.Text(config->Vendor) ?? "", Arguments.Text(config->HardwareVersion) ?? "", Arguments.Text(config->Firmware) ?? "",
            Arguments.Text(config->DeviceId) ?? "", Arguments.Text(config->EndpointHost) ?? "",
        ];
        var tooLong = Array.FindIndex(texts, text => System.Text.Encoding.UTF8.GetByteCount(text) > TextMax);
        if (tooLong >= 0)
            status = Failure.With(Status.Argument, $"{names[tooLong]}: more than {TextMax} bytes");
        else if (texts[0].Length == 0)
            status = Failure.With(Status.Argument, "vendor: must be given");
        if (status != Status.Ok)
            return null;
        return new SetupConnection
        {
            Protocol = Subprotocol.Mining,
            MinVersion = Version,
            MaxVersion = Version,
            Flags = config->Flags,
            EndpointHost = texts[4],
            EndpointPort = config->EndpointPort,
            Vendor = texts[0],
            HardwareVersion = texts[1],
            Firmware = texts[2],
            DeviceId = texts[3],
        };
    }
}
