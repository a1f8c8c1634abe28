namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>An upstream cannot be used at the moment. The message says why in plain words.</summary>
internal sealed class UpstreamUnavailableException(string message) : Exception(message);
