namespace Sv2.Roles.JobDeclaration;

/// <summary>What came of an attempt to use a token.</summary>
internal enum TokenUse
{
    /// <summary>It had not been used, and now it has.</summary>
    First,

    /// <summary>It had been used before.</summary>
    Again,

    /// <summary>As many are remembered as may be.</summary>
    Full,

    /// <summary>It could not be written down, so it is as unused as before.</summary>
    NotWritten,
}

/// <summary>
/// The tokens that were used, until they expire by themselves: each is good for one job, whatever becomes of the pool meanwhile.
/// Bounded. Thread-safe.
/// </summary>
internal sealed class UsedTokens : IDisposable
{
    private readonly Lock _gate = new();
    private readonly HashSet<UInt128> _used = [];
    private readonly PriorityQueue<UInt128, long> _byExpiry = new();
    private readonly int _usedMax;
    private readonly UsedTokenFile _file;

    /// <param name="path">The file that keeps them.</param>
    /// <param name="usedMax">Most tokens to remember.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="RoleException">The file cannot be opened, or is something else.</exception>
    public UsedTokens(string path, int usedMax, DateTimeOffset now)
    {
        _usedMax = usedMax;
        _file = UsedTokenFile.Open(path, out IReadOnlyList<(UInt128 Id, long ExpiresAt)> tokens);
        foreach ((UInt128 id, long expiresAt) in tokens)
            if (expiresAt >= now.ToUnixTimeSeconds() && _used.Add(id)) _byExpiry.Enqueue(id, expiresAt);
    }

    public int Count
    {
        get { lock (_gate) return _used.Count; }
    }

    /// <summary>Notes a token as used.</summary>
    public TokenUse Use(UInt128 id, DateTimeOffset expiresAt, DateTimeOffset now)
    {
        lock (_gate)
        {
            Forget(now.ToUnixTimeSeconds());
            if (_used.Contains(id)) return TokenUse.Again;
            if (_used.Count >= _usedMax) return TokenUse.Full;
            try
            {
                if (_file.IsMostlyExpired(_used.Count)) _file.Replace(_byExpiry.UnorderedItems);
                _file.Append(id, expiresAt.ToUnixTimeSeconds());
            }
            catch (IOException)
            {
                return TokenUse.NotWritten;
            }

            _used.Add(id);
            _byExpiry.Enqueue(id, expiresAt.ToUnixTimeSeconds());
            return TokenUse.First;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_gate) _file.Dispose();
    }

    private void Forget(long now)
    {
        while (_byExpiry.TryPeek(out UInt128 id, out long expiresAt) && expiresAt < now)
        {
            _byExpiry.Dequeue();
            _used.Remove(id);
        }
    }
}
