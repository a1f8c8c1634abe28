using Sv2.Bitcoin;

namespace Sv2.Roles.TemplateProvider.EmbeddedChain;

/// <summary>An output that has not been spent.</summary>
/// <param name="Value">Satoshi.</param>
/// <param name="Script">Its locking script.</param>
/// <param name="Height">Height of the block that made it; <see cref="UnconfirmedHeight"/> for one in the mempool.</param>
/// <param name="IsCoinbase">Whether it is part of a block's reward, hence bound by the maturity.</param>
internal readonly record struct Coin(ulong Value, Script Script, int Height, bool IsCoinbase)
{
    public const int UnconfirmedHeight = int.MaxValue;
}
