using Microsoft.Extensions.Logging;
using Sv2.Roles.Workers;

namespace Sv2.Roles.Translator;

/// <summary>What the parts of a translator share.</summary>
internal sealed class TranslatorServices
{
    public TranslatorServices(TranslatorOptions options, RoleContext context)
    {
        Options = options;
        Time = context.TimeProvider;
        Events = context.Events;
        Logger = context.LoggerFactory.CreateLogger<TranslatorRole>();
        Jobs = new JobTranslation(options.Extranonce, options.Extranonce2Size, Time);
        Workers = new WorkerTable(options.Limits.Workers, Time);
    }

    public TranslatorOptions Options { get; }

    public TimeProvider Time { get; }

    public IRoleEvents Events { get; }

    public ILogger Logger { get; }

    public JobTranslation Jobs { get; }

    public WorkerTable Workers { get; }

    public TranslatorMiners Miners { get; } = new();

    /// <summary>Shares of all miners.</summary>
    public ShareTally Tally { get; } = new();

    /// <summary>Shares that were good enough for the pool, and sent there.</summary>
    public Counter Forwarded { get; } = new();

    /// <summary>Blocks: shares that met the network's target.</summary>
    public Counter Blocks { get; } = new();
}
