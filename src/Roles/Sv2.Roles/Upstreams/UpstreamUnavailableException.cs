using Sv2.Noise;
using Sv2.Transport;

namespace Sv2.Roles.Upstreams;

/// <summary>A pool cannot be used at the moment. The message says why in plain words.</summary>
internal sealed class UpstreamUnavailableException(string message, bool needsPerson, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether trying again will not help until somebody changes something. It is tried again all the same, though rarely.</summary>
    public bool NeedsPerson { get; } = needsPerson;

    public static UpstreamUnavailableException From(ConnectException failure)
    {
        bool needsPerson = failure.Step == ConnectStep.Policy
            || failure.Failure?.Kind is NoiseFailureKind.WrongAuthority or NoiseFailureKind.UnknownCertificateVersion
            || failure.Setup?.Reason.Party == CloseParty.Incompatible;
        return new UpstreamUnavailableException(failure.Message, needsPerson, failure);
    }
}
