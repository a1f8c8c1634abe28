using Sv2.Noise;
using Sv2.Transport;

namespace Sv2.Roles.MiningDevice;

/// <summary>A pool cannot be used at the moment. The message says why in plain words.</summary>
internal sealed class PoolUnavailableException(string message, bool needsPerson, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether trying again will not help until somebody changes something. It is tried again all the same, though rarely.</summary>
    public bool IsForPerson { get; } = needsPerson;

    /// <summary>Whether a failed connection is of that sort: a wrong key, or an address that is not permitted.</summary>
    public static bool NeedsPerson(ConnectException failure) =>
        failure.Step == ConnectStep.Policy || failure.Failure?.Kind is NoiseFailureKind.WrongAuthority or NoiseFailureKind.UnknownCertificateVersion;
}
