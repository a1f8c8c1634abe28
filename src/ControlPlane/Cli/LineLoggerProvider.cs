using Sv2.Roles;

namespace Sv2.ControlPlane.Cli;

/// <summary>Brings what is logged into the progress log. Roles tell normal life as events, so logs show from warnings on.</summary>
internal sealed class LineLoggerProvider(ILineLog log, LogThreshold threshold) : ILoggerProvider
{
    /// <summary>A logger factory for one run of the program.</summary>
    public static ILoggerFactory CreateFactory(ILineLog log, LogThreshold threshold) =>
        // The threshold may change, so every message is asked about, and the factory lets all pass.
        LoggerFactory.Create(builder => builder.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddProvider(new LineLoggerProvider(log, threshold)));

    private static LogLevel LeastOf(string category, LogThreshold threshold) =>
        // What keeps the web server from starting is reported by whoever started it.
        category.StartsWith("Microsoft.Extensions.Hosting", StringComparison.Ordinal) ? LogLevel.Critical
        : category.StartsWith("Microsoft", StringComparison.Ordinal) ? LogLevel.Warning
        // The host announces every state as an event.
        : category.EndsWith("/host", StringComparison.Ordinal) ? LogLevel.Critical
        : threshold.Level;

    public ILogger CreateLogger(string categoryName) => new LineLogger(log, categoryName, threshold);

    public void Dispose()
    {
    }

    private sealed class LineLogger(ILineLog log, string category, LogThreshold threshold) : ILogger
    {
        // Categories of roles are "instance/Type".
        private readonly string _instance = category.Split('/') is [var instance, _] ? instance : category[(category.LastIndexOf('.') + 1)..];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None && logLevel >= LeastOf(category, threshold);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
                return;
            string message = formatter(state, exception);
            if (exception is not null)
                message = threshold.Level <= LogLevel.Information ? $"{message}\n{exception}" : $"{message}: {exception.Message}";
            log.Write(
                _instance,
                logLevel switch
                {
                    LogLevel.Warning => RoleEventSeverity.Warning,
                    LogLevel.Error or LogLevel.Critical => RoleEventSeverity.Error,
                    _ => RoleEventSeverity.Info,
                },
                message,
                ("logger", category),
                ("event", eventId.Name));
        }
    }
}
