using Sv2.Roles.Downstreams;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>Where a share came from, so that its answer finds the way back.</summary>
/// <param name="Miner">The connection.</param>
/// <param name="Number">The share's number there.</param>
internal readonly record struct ShareOrigin(DownstreamConnection Miner, long Number);

/// <summary>The word on a miner's share, on its way to the miner.</summary>
/// <param name="Origin">Whom it is for.</param>
/// <param name="ErrorCode">Why nobody credits the share; null when it counts.</param>
internal readonly record struct ShareAnswer(ShareOrigin Origin, string? ErrorCode);
