using System.Text;
using Sv2.Mining.Server;
using Sv2.Roles.Ledger;

namespace Sv2.Roles.Pool;

/// <summary>What the pool knows of a channel beside the mining engine: who it is, and whom its shares are booked for.</summary>
internal sealed class PoolChannel(string identity, PoolWorker worker, JobFamily family, SoloFamilies.Lease? lease)
{
    private const string Other = "(other)";

    private Dictionary<string, PoolWorker>? _named;
    private int _namesTold;

    /// <summary><c>user_identity</c> as it was opened with.</summary>
    public string Identity { get; } = identity;

    /// <summary>The worker of the identity.</summary>
    public PoolWorker Worker { get; } = worker;

    /// <summary>Account and worker of the identity.</summary>
    public WorkerName Name => Worker.Name;

    /// <summary>The jobs it gets.</summary>
    public JobFamily Family { get; } = family;

    /// <summary>The share of a solo family it holds; null when it mines for the pool.</summary>
    public SoloFamilies.Lease? Lease { get; } = lease;

    /// <summary>Whether shares have named more workers than at the last call.</summary>
    /// <param name="names">How many workers they have named.</param>
    public bool HasNewNames(out int names)
    {
        names = _named?.Count ?? 0;
        if (names <= _namesTold) return false;
        _namesTold = names;
        return true;
    }

    /// <summary>When the shares that are not acknowledged yet were accepted.</summary>
    public WaitingShares Waiting { get; } = new();

    /// <summary>
    /// The worker that a share names by extension 0x0002, under the channel's account. A name seen before allocates
    /// nothing; names beyond the bound go together as <c>(other)</c>.
    /// </summary>
    /// <param name="name">The name as UTF-8, at most 32 bytes.</param>
    /// <param name="workers">Where workers are kept.</param>
    /// <param name="namesMax">Names that one channel may use.</param>
    public PoolWorker Named(ReadOnlySpan<byte> name, PoolWorkers workers, int namesMax)
    {
        Span<char> characters = stackalloc char[Encoding.UTF8.GetMaxCharCount(name.Length)];
        characters = characters[..Encoding.UTF8.GetChars(name, characters)];
        _named ??= [];
        var byName = _named.GetAlternateLookup<ReadOnlySpan<char>>();
        if (byName.TryGetValue(characters, out PoolWorker? worker)) return worker;

        string text = _named.Count < namesMax ? characters.ToString() : Other;
        if (_named.TryGetValue(text, out worker)) return worker;
        return _named[text] = workers.Get(new WorkerName(Name.Account, text));
    }
}
