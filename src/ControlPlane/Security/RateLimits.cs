using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Sv2.ControlPlane.Api;
using Sv2.Roles;

namespace Sv2.ControlPlane.Security;

/// <summary>How many requests one address may send.</summary>
public sealed record RateLimits
{
    private const int PerSecondMax = 100_000;

    /// <summary>Requests a second in the long run; five seconds' worth of them at once. 0 for no limit.</summary>
    public int RequestsPerSecond { get; init; } = 200;

    /// <summary>Requests a second that are no reading, within those; ten seconds' worth of them at once. 0 for no limit.</summary>
    public int ChangesPerSecond { get; init; } = 20;

    /// <summary>No limits.</summary>
    public static readonly RateLimits None = new() { RequestsPerSecond = 0, ChangesPerSecond = 0 };

    /// <exception cref="ConfigurationException">A number is outside its limits.</exception>
    public void Check()
    {
        Check("--rate-limit", RequestsPerSecond);
        Check("--change-limit", ChangesPerSecond);
    }

    private static void Check(string option, int perSecond)
    {
        if (perSecond is < 0 or > PerSecondMax)
            throw new ConfigurationException(option, $"{perSecond} is outside the limits", $"give 1 to {PerSecondMax} requests a second, or 0 for no limit");
    }

    internal void Configure(RateLimiterOptions limiter)
    {
        limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        limiter.OnRejected = static (rejected, _) =>
        {
            double seconds = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan wait) ? Math.Ceiling(wait.TotalSeconds) : 1;
            rejected.HttpContext.Response.Headers.RetryAfter = Math.Max(1, seconds).ToString(CultureInfo.InvariantCulture);
            return new ValueTask(Problems.WriteAsync(rejected.HttpContext, StatusCodes.Status429TooManyRequests, "Too many requests", "Slow down, and try again after the time that Retry-After names."));
        };
        limiter.GlobalLimiter = PartitionedRateLimiter.CreateChained(
            Make(RequestsPerSecond, 5, _ => true),
            Make(ChangesPerSecond, 10, context => !Methods.AreSafe(context.Request.Method)));
    }

    private static PartitionedRateLimiter<HttpContext> Make(int perSecond, int burstSeconds, Func<HttpContext, bool> counts) =>
        PartitionedRateLimiter.Create<HttpContext, string>(context => perSecond == 0 || !counts(context)
            ? RateLimitPartition.GetNoLimiter("")
            : RateLimitPartition.GetTokenBucketLimiter(context.Connection.RemoteIpAddress?.ToString() ?? "", _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = perSecond * burstSeconds,
                TokensPerPeriod = perSecond,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                QueueLimit = 0,
            }));
}
