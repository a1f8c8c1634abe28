using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sv2.Native.Abi;
using Sv2.Noise;

namespace Sv2.Native.Security;

/// <summary>The client's side of the handshake.</summary>
internal static unsafe class InitiatorExports
{
    private const string Kind = "sv2_initiator";

    [UnmanagedCallersOnly(EntryPoint = "sv2_initiator_new", CallConvs = [typeof(CallConvCdecl)])]
    public static Status New(byte* authorityKey, long unixTime, nuint* initiator)
    {
        try
        {
            if (initiator is null)
                return Failure.Null("initiator");
            *initiator = 0;
            AuthorityPublicKey? authority = null;
            if (authorityKey is not null
                && !AuthorityPublicKey.TryFromBytes(new ReadOnlySpan<byte>(authorityKey, AuthorityPublicKey.Size), out authority, out var error))
                return Failure.With(Status.Argument, error);
            return Owned.Give(new InitiatorObject(new NoiseInitiator(authority, CallersClock.At(unixTime))), initiator);
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_initiator_write_act1", CallConvs = [typeof(CallConvCdecl)])]
    public static Status WriteAct1(nuint initiator, byte* act1)
    {
        try
        {
            if (Handles.Find<InitiatorObject>(initiator) is not { } it)
                return Failure.Handle(Kind);
            if (act1 is null)
                return Failure.Null("act1");
            lock (it.Gate)
            {
                if (it.IsFreed)
                    return Failure.Handle(Kind);
                it.Initiator.WriteAct1(new Span<byte>(act1, NoiseInitiator.Act1Size));
                return Status.Ok;
            }
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_initiator_read_act2", CallConvs = [typeof(CallConvCdecl)])]
    public static Status ReadAct2(nuint initiator, byte* act2, nuint* session)
    {
        try
        {
            if (session is null)
                return Failure.Null("session");
            *session = 0;
            if (Handles.Find<InitiatorObject>(initiator) is not { } it)
                return Failure.Handle(Kind);
            if (act2 is null)
                return Failure.Null("act2");
            lock (it.Gate)
            {
                if (it.IsFreed)
                    return Failure.Handle(Kind);
                return it.Initiator.TryReadAct2(new ReadOnlySpan<byte>(act2, NoiseInitiator.Act2Size), out var made, out var failure)
                    ? Owned.Give(new SessionObject(made), session)
                    : Failure.With(StatusOf(failure), failure.Message);
            }
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_initiator_free", CallConvs = [typeof(CallConvCdecl)])]
    public static Status Free(nuint initiator) => Owned.Free<InitiatorObject>(initiator, Kind);

    /// <summary>Damaged bytes are told apart from a server that is the wrong one or whose certificate's time is over.</summary>
    internal static Status StatusOf(NoiseFailure failure) =>
        failure.Kind == NoiseFailureKind.AuthenticationFailed ? Status.Authentication : Status.Certificate;
}
