using Sv2.Protocol;
using Sv2.Protocol.TemplateDistribution;

namespace Sv2.Roles.TemplateProvider;

/// <summary>
/// The clients that have the same constraints, and the template they share. Each message is encoded once and its bytes go to
/// all of them.
/// </summary>
internal sealed class TemplateGroup(TemplateConstraints constraints)
{
    private byte[]? _futureFrame;
    private byte[]? _immediateFrame;

    public TemplateConstraints Constraints { get; } = constraints;

    /// <summary>How many clients there are.</summary>
    public int Subscribers { get; set; }

    /// <summary>The newest template on the tip; null until there is one.</summary>
    public BlockTemplate? Latest { get; private set; }

    /// <summary>The candidates that <see cref="Latest"/> was chosen from, to see whether another choice can differ.</summary>
    public IReadOnlyList<CandidateTransaction>? Candidates { get; private set; }

    /// <summary>NewTemplate of <see cref="Latest"/> with future_template set: for one that comes before its SetNewPrevHash.</summary>
    public byte[] FutureFrame => _futureFrame ??= Frame.ToArray(Latest!.Message);

    /// <summary>NewTemplate of <see cref="Latest"/> without future_template: to be worked on at once.</summary>
    public byte[] ImmediateFrame => _immediateFrame ??= Frame.ToArray(Latest!.Message with { FutureTemplate = false });

    public void SetLatest(BlockTemplate template, NodeView view)
    {
        Latest = template;
        Candidates = view.Candidates;
        _futureFrame = null;
        _immediateFrame = null;
    }
}

/// <summary>A template for the block after the next one, and the frame that announces it.</summary>
internal sealed class TemplateAhead(BlockTemplate template)
{
    public BlockTemplate Template { get; } = template;

    public byte[] Frame { get; } = Protocol.Frame.ToArray(template.Message);
}

/// <summary>What one client has been given.</summary>
/// <param name="Group">The clients that it shares its templates with.</param>
/// <param name="IsStarted">Whether it has its first template; false while the node is not ready.</param>
/// <param name="Ahead">Its template for the block after the next one; null when none was made.</param>
internal sealed record Subscription(TemplateGroup Group, bool IsStarted, TemplateAhead? Ahead);

/// <summary>Who gets templates: a client's connection.</summary>
internal interface ITemplateSubscriber
{
    /// <summary>Takes whole frames, back to back; copied before the call returns. Never waits, never throws.</summary>
    void Send(ReadOnlySpan<byte> frames);
}
