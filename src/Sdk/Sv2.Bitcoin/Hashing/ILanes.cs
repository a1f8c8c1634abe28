namespace Sv2.Bitcoin.Hashing;

/// <summary>
/// What SHA-256 does with 32-bit words, on one word or on several side by side. Each lane computes a hash of its own, so
/// the rounds in <see cref="Sha256Rounds"/> are written once and compiled for every width.
/// </summary>
/// <typeparam name="TWord">The word, or a vector with one word of each lane.</typeparam>
internal interface ILanes<TWord>
    where TWord : unmanaged
{
    static abstract int Count { get; }

    static abstract TWord Broadcast(uint value);

    static abstract TWord Add(TWord left, TWord right);

    /// <summary>The sum that chooses bits: (e and f) xor (not e and g).</summary>
    static abstract TWord Choose(TWord e, TWord f, TWord g);

    static abstract TWord Majority(TWord a, TWord b, TWord c);

    static abstract TWord BigSigma0(TWord x);

    static abstract TWord BigSigma1(TWord x);

    static abstract TWord SmallSigma0(TWord x);

    static abstract TWord SmallSigma1(TWord x);

    /// <summary>The words <paramref name="first"/>, first + 1, first + 2 … with their bytes reversed, as a header's nonce enters the hash.</summary>
    static abstract TWord ReversedSequence(uint first);

    /// <summary>Whether any lane's word, bytes reversed, is at or below <paramref name="limit"/>.</summary>
    static abstract bool AnyReversedAtMost(TWord words, uint limit);
}
