using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sv2.Native.Abi;
using Sv2.Noise;

namespace Sv2.Native.Security;

/// <summary><c>sv2_address</c>: what a connection string says.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeAddress
{
    /// <summary>Bytes of a host's name with the zero behind it: the longest name of the domain name system has 253.</summary>
    public const int HostSize = 256;

    public const int KeySize = 32;

    public fixed byte Host[HostSize];
    public ushort Port;
    public byte HasAuthorityKey;
    public fixed byte AuthorityKey[KeySize];
}

/// <summary>Connection strings.</summary>
internal static unsafe class AddressExports
{
    [UnmanagedCallersOnly(EntryPoint = "sv2_address_parse", CallConvs = [typeof(CallConvCdecl)])]
    public static Status Parse(byte* text, NativeAddress* address)
    {
        try
        {
            if (address is null)
                return Failure.Null("address");
            *address = default;
            if (Arguments.Text(text) is not { } given)
                return Failure.Null("text");
            if (!ConnectionString.TryParse(given, out var parsed, out var error))
                return Failure.With(Status.Format, error);
            if (System.Text.Encoding.UTF8.GetByteCount(parsed.Host) >= NativeAddress.HostSize)
                return Failure.With(Status.Format, $"The host of the connection string has more than {NativeAddress.HostSize - 1} bytes.");
            Arguments.CopyInto(parsed.Host, address->Host, NativeAddress.HostSize);
            address->Port = (ushort)parsed.Port;
            if (parsed.AuthorityPublicKey is { } key)
            {
                address->HasAuthorityKey = 1;
                key.Bytes.CopyTo(new Span<byte>(address->AuthorityKey, NativeAddress.KeySize));
            }
            return Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_address_format", CallConvs = [typeof(CallConvCdecl)])]
    public static Status Format(NativeAddress* address, byte* text, nuint capacity, nuint* length)
    {
        try
        {
            Arguments.Clear(length);
            if (address is null)
                return Failure.Null("address");
            var host = new ReadOnlySpan<byte>(address->Host, NativeAddress.HostSize);
            var end = host.IndexOf((byte)0);
            if (end < 0)
                return Failure.With(Status.Argument, "address->host does not end with a zero byte");
            AuthorityPublicKey? key = null;
            if (address->HasAuthorityKey != 0
                && !AuthorityPublicKey.TryFromBytes(new ReadOnlySpan<byte>(address->AuthorityKey, NativeAddress.KeySize), out key, out var error))
                return Failure.With(Status.Argument, error);
            var formatted = new ConnectionString(System.Text.Encoding.UTF8.GetString(host[..end]), address->Port, key).ToString();
            // What cannot be read back is not written.
            return ConnectionString.TryParse(formatted, out _, out var fault)
                ? Arguments.CopyText(formatted, text, capacity, length, "text")
                : Failure.With(Status.Argument, fault);
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }
}
