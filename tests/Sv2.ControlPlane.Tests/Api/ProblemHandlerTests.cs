using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sv2.ControlPlane.Api;
using Sv2.Roles;

namespace Sv2.ControlPlane.Tests.Api;

public class ProblemHandlerTests
{
    private sealed class RecordedLog : ILogger<ProblemHandler>
    {
        public List<(LogLevel Level, string Message, Exception? Exception)> Entries { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Entries.Add((logLevel, formatter(state, exception), exception));
    }

    private static async Task<(int Status, string Body, RecordedLog Log)> HandleAsync(Exception exception)
    {
        var log = new RecordedLog();
        var context = new DefaultHttpContext();
        context.Request.Method = "GET";
        context.Request.Path = "/api/v1/roles";
        context.Response.Body = new MemoryStream();
        Assert.True(await new ProblemHandler(log).TryHandleAsync(context, exception, CancellationToken.None));
        context.Response.Body.Position = 0;
        return (context.Response.StatusCode, await new StreamReader(context.Response.Body).ReadToEndAsync(), log);
    }

    [Fact]
    public async Task What_nobody_foresaw_is_in_the_log_and_not_in_the_answer()
    {
        var exception = new InvalidOperationException("the inner workings");
        (int status, string body, RecordedLog log) = await HandleAsync(exception);
        Assert.Equal(500, status);
        Assert.DoesNotContain("inner workings", body);
        (LogLevel level, string message, Exception? logged) = Assert.Single(log.Entries);
        Assert.Equal((LogLevel.Error, "GET /api/v1/roles failed"), (level, message));
        Assert.Same(exception, logged);
    }

    [Fact]
    public async Task What_was_foreseen_is_in_the_answer_and_not_in_the_log()
    {
        (int status, string body, RecordedLog log) = await HandleAsync(new RoleNotFoundException("x", "role"));
        Assert.Equal(404, status);
        Assert.Contains("'x'", body);
        Assert.Empty(log.Entries);
    }
}
