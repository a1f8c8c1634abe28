namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>What is mined for.</summary>
/// <param name="Index">Place of the upstream in the list; <see cref="SoloIndex"/> or <see cref="NobodyIndex"/>.</param>
internal readonly record struct MiningFor(int Index)
{
    private const int SoloIndex = -1;
    private const int NobodyIndex = -2;

    /// <summary>For oneself.</summary>
    public static MiningFor Solo { get; } = new(SoloIndex);

    /// <summary>Nobody can be mined for: the last job, if there is one, goes on.</summary>
    public static MiningFor Nobody { get; } = new(NobodyIndex);

    /// <summary>Whether it is an upstream of the list.</summary>
    public bool IsUpstream => Index >= 0;
}

/// <summary>
/// Decides which upstream is mined for: the first of the list that is ready and has not refused a job lately, else solo.
/// Goes down at once, and up again only when the better upstream has been ready for a while and has acknowledged a job.
/// Knows no connection; the caller serialises and calls <see cref="Decide"/> after every change and now and then.
/// </summary>
internal sealed class UpstreamLadder
{
    private static readonly TimeSpan ForgiveAfter = TimeSpan.FromMinutes(10);

    private readonly FallbackOptions _options;
    private readonly TimeSpan _startPatience;
    private readonly bool _hasSolo;
    private readonly TimeProvider _time;
    private readonly Rung[] _rungs;
    private readonly long _start;
    private long _currentSince;
    private bool _hasBegun;

    /// <param name="names">Names of the upstreams, in order of preference.</param>
    /// <param name="hasSolo">Whether there is an address to mine for oneself.</param>
    /// <param name="startPatience">How long the start waits for better upstreams than those that are ready.</param>
    /// <param name="options">Rests and waits.</param>
    /// <param name="time">The clock.</param>
    public UpstreamLadder(IReadOnlyList<string> names, bool hasSolo, TimeSpan startPatience, FallbackOptions options, TimeProvider time)
    {
        _options = options;
        _startPatience = startPatience;
        _hasSolo = hasSolo;
        _time = time;
        _rungs = [.. names.Select(name => new Rung(name))];
        _start = _currentSince = time.GetTimestamp();
    }

    /// <summary>What is mined for.</summary>
    public MiningFor Current { get; private set; } = MiningFor.Nobody;

    /// <summary>Why it is that, in words.</summary>
    public string Why { get; private set; } = "no upstream was ready yet";

    /// <summary>An upstream is connected, has an open channel and a token.</summary>
    public void OnReady(int index)
    {
        Rung rung = _rungs[index];
        rung.IsReady = rung.WasTried = true;
        rung.IsProven = false;
        rung.ReadySince = _time.GetTimestamp();
        rung.Reason = null;
    }

    /// <summary>An attempt to connect failed.</summary>
    public void OnFailed(int index, string reason) => OnLost(index, reason);

    /// <summary>An upstream's connections are gone.</summary>
    public void OnLost(int index, string reason)
    {
        Rung rung = _rungs[index];
        rung.IsReady = rung.IsProven = false;
        rung.WasTried = true;
        rung.Reason = reason;
    }

    /// <summary>An upstream did not do what it must: it is left alone for a time that doubles with each fault.</summary>
    public void OnFault(int index, string reason)
    {
        Rung rung = _rungs[index];
        double rest = _options.RefusalDelayMin.TotalSeconds * Math.Pow(2, Math.Min(rung.Faults, 30));
        rung.Faults++;
        rung.FaultedAt = _time.GetTimestamp();
        rung.Rest = TimeSpan.FromSeconds(Math.Min(rest, _options.RefusalDelayMax.TotalSeconds));
        rung.IsProven = false;
        rung.Reason = reason;
    }

    /// <summary>An upstream has acknowledged a job.</summary>
    public void OnProven(int index)
    {
        _rungs[index].IsProven = true;
        // Who was asked because nobody else is left, and did what it must, need not rest any longer.
        if (Current == MiningFor.Nobody)
            _rungs[index].Rest = TimeSpan.Zero;
    }

    /// <summary>
    /// Whether an upstream's connections are wanted: those before the one mined for, that one, and one behind it in
    /// reserve. While none is ready, all are.
    /// </summary>
    public bool IsWanted(int index) => index == Current.Index || _rungs.Take(index).Count(IsUsable) < 2;

    /// <summary>When an upstream that rests may be used again; null when it does not rest.</summary>
    public TimeSpan? RestLeft(int index)
    {
        Rung rung = _rungs[index];
        TimeSpan left = rung.Rest - _time.GetElapsedTime(rung.FaultedAt);
        return rung.Faults > 0 && left > TimeSpan.Zero ? left : null;
    }

    /// <summary>The better upstream that is to be tried with a job now; null for none.</summary>
    public int? ToProve()
    {
        for (int i = 0; i < (Current.IsUpstream ? Current.Index : 0); i++)
            if (IsUsable(_rungs[i]) && !_rungs[i].IsProven && HasHeld(_rungs[i]))
                return i;
        return null;
    }

    /// <summary>Decides anew. True when <see cref="Current"/> has changed.</summary>
    public bool Decide()
    {
        Forgive();
        MiningFor next = Choose();
        if (next == Current)
            return false;
        Why = Explain(next);
        Current = next;
        _currentSince = _time.GetTimestamp();
        _hasBegun = true;
        return true;
    }

    private MiningFor Choose()
    {
        int best = Array.FindIndex(_rungs, IsUsable);
        if (Current.IsUpstream && IsUsable(_rungs[Current.Index]))
        {
            int better = Array.FindIndex(_rungs, 0, Current.Index, rung => IsUsable(rung) && rung.IsProven && HasHeld(rung));
            return better >= 0 ? new MiningFor(better) : Current;
        }
        bool mayWait = !_hasBegun && _time.GetElapsedTime(_start) < _startPatience;
        if (best >= 0)
            return mayWait && !_rungs.Take(best).All(rung => rung.WasTried) ? Current : new MiningFor(best);
        if (!_hasSolo)
            return MiningFor.Nobody;
        return mayWait && !_rungs.All(rung => rung.WasTried) ? Current : MiningFor.Solo;
    }

    private string Explain(MiningFor next)
    {
        string[] before = [.. _rungs.Take(next.IsUpstream ? next.Index : _rungs.Length).Select(rung => $"{rung.Name}: {rung.Reason ?? "not ready yet"}")];
        if (before.Length > 0)
            return string.Join("; ", before);
        return next.IsUpstream ? "it is the preferred upstream" : "no upstream is configured";
    }

    private bool IsUsable(Rung rung) =>
        rung.IsReady && (rung.Faults == 0 || _time.GetElapsedTime(rung.FaultedAt) >= rung.Rest);

    private bool HasHeld(Rung rung) => _time.GetElapsedTime(rung.ReadySince) >= _options.ReturnAfter;

    /// <summary>Who has been mined for without a fault for long enough begins anew.</summary>
    private void Forgive()
    {
        if (Current.IsUpstream && IsUsable(_rungs[Current.Index]) && _time.GetElapsedTime(_currentSince) >= ForgiveAfter)
            _rungs[Current.Index].Faults = 0;
    }

    private sealed class Rung(string name)
    {
        public string Name { get; } = name;

        public bool IsReady { get; set; }

        public bool WasTried { get; set; }

        public bool IsProven { get; set; }

        public long ReadySince { get; set; }

        public int Faults { get; set; }

        public long FaultedAt { get; set; }

        public TimeSpan Rest { get; set; }

        public string? Reason { get; set; }
    }
}
