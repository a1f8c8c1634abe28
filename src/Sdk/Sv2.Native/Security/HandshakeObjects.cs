using Sv2.Native.Abi;
using Sv2.Noise;

namespace Sv2.Native.Security;

/// <summary><c>sv2_initiator</c>.</summary>
internal sealed class InitiatorObject(NoiseInitiator initiator) : NativeObject
{
    public NoiseInitiator Initiator => initiator;

    protected override void Wipe() => initiator.Dispose();
}

/// <summary><c>sv2_credentials</c>.</summary>
internal sealed class CredentialsObject(ServerCredentials credentials) : NativeObject
{
    public ServerCredentials Credentials => credentials;

    protected override void Wipe() => credentials.Dispose();
}

/// <summary><c>sv2_responder</c>.</summary>
internal sealed class ResponderObject(NoiseResponder responder) : NativeObject
{
    public NoiseResponder Responder => responder;

    protected override void Wipe() => responder.Dispose();
}

/// <summary><c>sv2_session</c>: the two directions have a gate each, so that one thread may send while another receives.</summary>
internal sealed class SessionObject(NoiseSession session) : NativeObject
{
    public NoiseSession Session => session;

    /// <summary>Serialises decryption; <see cref="NativeObject.Gate"/> serialises encryption.</summary>
    public Lock ReceiveGate { get; } = new();

    /// <summary>Payload bytes that the last header announced and that were not decrypted yet; negative when there are none.</summary>
    public int Announced { get; set; } = -1;

    public override void Free()
    {
        lock (ReceiveGate)
            base.Free();
    }

    protected override void Wipe() => session.Dispose();
}

/// <summary>A clock that was set by the caller: some devices have none of their own.</summary>
internal sealed class CallersClock(DateTimeOffset now) : TimeProvider
{
    private readonly long _start = System.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => now + System.GetElapsedTime(_start);

    public static TimeProvider At(long unixSeconds) => unixSeconds == 0 ? System : new CallersClock(DateTimeOffset.FromUnixTimeSeconds(unixSeconds));
}
