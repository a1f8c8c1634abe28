using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sv2.Native.Abi;
using Sv2.Noise;

namespace Sv2.Native.Security;

/// <summary>Encryption and decryption of frames once the handshake is done.</summary>
internal static unsafe class SessionExports
{
    private const string Kind = "sv2_session";

    [UnmanagedCallersOnly(EntryPoint = "sv2_encrypted_frame_length", CallConvs = [typeof(CallConvCdecl)])]
    public static nuint EncryptedFrameLength(nuint payloadLength) =>
        payloadLength > NoiseFraming.PayloadBytesMax ? 0 : (nuint)NoiseFraming.EncryptedFrameLength((int)payloadLength);

    [UnmanagedCallersOnly(EntryPoint = "sv2_session_encrypt", CallConvs = [typeof(CallConvCdecl)])]
    public static Status Encrypt(nuint session, byte* frame, nuint frameLength, byte* encrypted, nuint capacity, nuint* length)
    {
        try
        {
            if (length is null)
                return Failure.Null("length");
            *length = 0;
            if (Handles.Find<SessionObject>(session) is not { } it)
                return Failure.Handle(Kind);
            if (frame is null || frameLength > NoiseFraming.HeaderSize + NoiseFraming.PayloadBytesMax)
                return Failure.With(Status.Argument, frame is null ? "frame is NULL" : $"frame_length: {frameLength} bytes are no frame");
            if (frameLength < NoiseFraming.HeaderSize)
                return Failure.With(Status.Truncated, $"a frame has at least {NoiseFraming.HeaderSize} bytes, this one {frameLength}");
            *length = (nuint)NoiseFraming.EncryptedFrameLength((int)frameLength - NoiseFraming.HeaderSize);
            if (encrypted is null || capacity < *length)
                return Failure.Buffer("encrypted", (long)*length, encrypted is null ? 0 : capacity);
            lock (it.Gate)
            {
                if (it.IsFreed)
                    return Failure.Handle(Kind);
                _ = it.Session.Encryptor.EncryptFrame(new ReadOnlySpan<byte>(frame, (int)frameLength), new Span<byte>(encrypted, (int)*length));
                return Status.Ok;
            }
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_session_decrypt_header", CallConvs = [typeof(CallConvCdecl)])]
    public static Status DecryptHeader(nuint session, byte* encrypted, byte* header, nuint* encryptedPayloadLength)
    {
        try
        {
            if (encryptedPayloadLength is null)
                return Failure.Null("encrypted_payload_length");
            *encryptedPayloadLength = 0;
            if (Handles.Find<SessionObject>(session) is not { } it)
                return Failure.Handle(Kind);
            if (encrypted is null)
                return Failure.Null("encrypted");
            if (header is null)
                return Failure.Null("header");
            lock (it.ReceiveGate)
            {
                if (it.IsFreed)
                    return Failure.Handle(Kind);
                if (it.Announced >= 0)
                    return Failure.With(Status.State, $"the payload of {it.Announced} bytes that the last header announced comes first");
                var plain = new Span<byte>(header, NoiseFraming.HeaderSize);
                if (!it.Session.Decryptor.TryDecryptHeader(new ReadOnlySpan<byte>(encrypted, NoiseFraming.EncryptedHeaderSize), plain))
                    return NotAuthentic("header");
                var payload = plain[3] | (plain[4] << 8) | (plain[5] << 16);
                it.Announced = payload == 0 ? -1 : payload;
                *encryptedPayloadLength = (nuint)NoiseFraming.EncryptedPayloadLength(payload);
                return Status.Ok;
            }
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_session_decrypt_payload", CallConvs = [typeof(CallConvCdecl)])]
    public static Status DecryptPayload(nuint session, byte* buffer, nuint encryptedLength, nuint* payloadLength)
    {
        try
        {
            if (payloadLength is null)
                return Failure.Null("payload_length");
            *payloadLength = 0;
            if (Handles.Find<SessionObject>(session) is not { } it)
                return Failure.Handle(Kind);
            if (buffer is null)
                return Failure.Null("buffer");
            lock (it.ReceiveGate)
            {
                if (it.IsFreed)
                    return Failure.Handle(Kind);
                if (it.Announced < 0)
                    return Failure.With(Status.State, "no header announced a payload; decrypt a header first");
                var expected = NoiseFraming.EncryptedPayloadLength(it.Announced);
                if (encryptedLength != (nuint)expected)
                    return Failure.With(Status.Argument, $"encrypted_length: {encryptedLength} bytes, the header announced {expected}");
                if (!it.Session.Decryptor.TryDecryptPayload(new Span<byte>(buffer, expected), it.Announced))
                    return NotAuthentic("payload");
                *payloadLength = (nuint)it.Announced;
                it.Announced = -1;
                return Status.Ok;
            }
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_session_describe", CallConvs = [typeof(CallConvCdecl)])]
    public static Status Describe(nuint session, NativeSessionInfo* info)
    {
        try
        {
            if (info is null)
                return Failure.Null("info");
            *info = default;
            if (Handles.Find<SessionObject>(session) is not { } it)
                return Failure.Handle(Kind);
            it.Session.HandshakeHash.Span.CopyTo(new Span<byte>(info->HandshakeHash, 32));
            it.Session.ServerKey.Span.CopyTo(new Span<byte>(info->ServerKey, 32));
            info->ValidFrom = (uint)it.Session.Certificate.ValidFrom.ToUnixTimeSeconds();
            info->NotValidAfter = (uint)it.Session.Certificate.NotValidAfter.ToUnixTimeSeconds();
            return Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_session_free", CallConvs = [typeof(CallConvCdecl)])]
    public static Status Free(nuint session) => Owned.Free<SessionObject>(session, Kind);

    private static Status NotAuthentic(string what) =>
        Failure.With(Status.Authentication, $"the {what} is not what the peer sent; close the connection");
}

/// <summary><c>sv2_session_info</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeSessionInfo
{
    public fixed byte HandshakeHash[32];
    public fixed byte ServerKey[32];
    public uint ValidFrom;
    public uint NotValidAfter;
}
