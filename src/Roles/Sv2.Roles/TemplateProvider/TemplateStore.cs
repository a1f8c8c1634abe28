using Sv2.Protocol;

namespace Sv2.Roles.TemplateProvider;

/// <summary>What the store knows of a template id.</summary>
internal enum TemplateLookup
{
    /// <summary>The template builds on the tip, or is for a block to come.</summary>
    Alive,

    /// <summary>It builds on an earlier tip, or was one of ours and is forgotten.</summary>
    Stale,

    /// <summary>No template of this id was made.</summary>
    NotFound,
}

/// <summary>
/// The templates that were handed out, for solutions and transaction requests. Bounded: beyond the limit the oldest is
/// forgotten, and those of earlier tips some time after their tip. Not thread-safe.
/// </summary>
internal sealed class TemplateStore
{
    private readonly int _templatesMax;
    private readonly TimeSpan _staleLifetime;
    private readonly TimeProvider _timeProvider;
    private readonly Dictionary<ulong, BlockTemplate> _templates = [];

    // Ids grow, so the order of making is the order of ids.
    private readonly LinkedList<BlockTemplate> _oldestFirst = [];
    private readonly Queue<(DateTimeOffset DeadSince, ulong LastId)> _tips = [];
    private ulong _firstId = ulong.MaxValue;
    private ulong _lastId;
    private U256? _tip;
    private int _height;

    public TemplateStore(int templatesMax, TimeSpan staleLifetime, TimeProvider timeProvider)
    {
        _templatesMax = templatesMax;
        _staleLifetime = staleLifetime;
        _timeProvider = timeProvider;
    }

    /// <summary>The newest first.</summary>
    public IEnumerable<BlockTemplate> NewestFirst()
    {
        for (LinkedListNode<BlockTemplate>? node = _oldestFirst.Last; node is not null; node = node.Previous)
            yield return node.Value;
    }

    public void Add(BlockTemplate template)
    {
        _firstId = Math.Min(_firstId, template.Id);
        _lastId = template.Id;
        _templates.Add(template.Id, template);
        _oldestFirst.AddLast(template);
        if (_templates.Count > _templatesMax)
            ForgetOldest();
    }

    /// <summary>A new tip: what was made before is stale, and is forgotten after a while.</summary>
    /// <param name="tip">Its hash.</param>
    /// <param name="height">Height of the block to be mined on it.</param>
    public void SetTip(U256 tip, int height)
    {
        if (_tip == tip)
            return;
        (_tip, _height) = (tip, height);
        DateTimeOffset now = _timeProvider.GetUtcNow();
        _tips.Enqueue((now, _lastId));
        while (_tips.TryPeek(out var old) && now - old.DeadSince >= _staleLifetime)
        {
            _tips.Dequeue();
            // The template made ahead has an id from before and is alive.
            while (_oldestFirst.First is { } oldest && oldest.Value.Id <= old.LastId && !IsAlive(oldest.Value))
                ForgetOldest();
        }
    }

    public TemplateLookup Find(ulong id, out BlockTemplate? template)
    {
        if (_templates.TryGetValue(id, out template))
            return IsAlive(template) ? TemplateLookup.Alive : TemplateLookup.Stale;
        return id >= _firstId && id <= _lastId ? TemplateLookup.Stale : TemplateLookup.NotFound;
    }

    /// <summary>Whether a template builds on the tip, or is for a block after the one that is mined now.</summary>
    public bool IsAlive(BlockTemplate template) => template.PrevHash is { } prevHash ? prevHash == _tip : template.Height > _height;

    private void ForgetOldest()
    {
        _templates.Remove(_oldestFirst.First!.Value.Id);
        _oldestFirst.RemoveFirst();
    }
}
