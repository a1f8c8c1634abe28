using Sv2.Protocol;

namespace Sv2.Roles.JobDeclaratorServer;

/// <summary>The declarations as pages show them: the undecided, and a bounded number of the decided. Thread-safe.</summary>
internal sealed class DeclarationLog(int rememberedMax, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<DeclarationEntry> _newestFirst = [];
    private readonly Dictionary<string, long> _refused = [];
    private long _lastId;
    private int _decided;
    private long _accepted;

    public long Accepted => Volatile.Read(ref _accepted);

    /// <summary>Refusals since the start, by code.</summary>
    public IReadOnlyDictionary<string, long> Refused
    {
        get { lock (_gate) return new Dictionary<string, long>(_refused); }
    }

    public DeclarationEntry Add(Text user, string remoteAddress, int transactions, int height, long poolValue)
    {
        lock (_gate)
        {
            DeclarationEntry entry = new(new DeclarationInfo
            {
                Id = ++_lastId,
                IsDownstream = true,
                UserIdentifier = LogText.Sanitise(user),
                RemoteAddress = remoteAddress,
                Mode = "full-template",
                State = DeclarationState.Declared,
                Height = height,
                TransactionCount = transactions,
                PoolValueSats = poolValue,
                CreatedAt = time.GetUtcNow(),
            });
            _newestFirst.AddFirst(entry);
            return entry;
        }
    }

    public void Change(DeclarationEntry entry, Func<DeclarationInfo, DeclarationInfo> change)
    {
        lock (_gate)
            entry.Info = change(entry.Info);
    }

    public void Decide(DeclarationEntry entry, DeclarationState state, string? reason)
    {
        lock (_gate)
        {
            if (state == DeclarationState.Accepted)
                _accepted++;
            if (entry.Info.DecidedAt is null && ++_decided > rememberedMax)
                ForgetOldest();
            entry.Info = entry.Info with { State = state, Reason = reason, DecidedAt = entry.Info.DecidedAt ?? time.GetUtcNow() };
        }
    }

    /// <summary>Counts a refusal; also of messages that were not even worth an entry.</summary>
    public void CountRefusal(string code)
    {
        lock (_gate)
            _refused[code] = _refused.GetValueOrDefault(code) + 1;
    }

    public Page<DeclarationInfo> List(ListQuery query)
    {
        lock (_gate)
            return Page.Of(_newestFirst.Select(entry => entry.Info), query, info => $"{info.UserIdentifier} {info.RemoteAddress} {info.State}");
    }

    private void ForgetOldest()
    {
        for (LinkedListNode<DeclarationEntry>? node = _newestFirst.Last; node is not null; node = node.Previous)
        {
            if (node.Value.Info.DecidedAt is null)
                continue;
            _newestFirst.Remove(node);
            _decided--;
            return;
        }
        _decided--;
    }
}

/// <summary>A declaration in the list; changed only through <see cref="DeclarationLog"/>.</summary>
internal sealed class DeclarationEntry(DeclarationInfo info)
{
    public DeclarationInfo Info { get; set; } = info;
}
