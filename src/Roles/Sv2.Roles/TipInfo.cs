namespace Sv2.Roles;

/// <summary>A tip of the chain, as events tell of it.</summary>
/// <param name="Hash">Hash of the block, as explorers show it.</param>
/// <param name="Height">Its height; null where it was not told.</param>
public sealed record TipInfo(string Hash, long? Height);
