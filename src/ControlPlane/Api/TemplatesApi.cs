using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Sv2.ControlPlane.Security;
using Sv2.Roles;

namespace Sv2.ControlPlane.Api;

/// <summary>Block templates, and the jobs made of them.</summary>
internal static class TemplatesApi
{
    private const int JobsMax = 100_000;

    private static readonly SortFields<TemplateInfo> TemplateFields = new SortFields<TemplateInfo>()
        .By("templateId", t => t.TemplateId).By("height", t => t.Height).By("coinbaseValueSats", t => t.CoinbaseValueSats)
        .By("transactionCount", t => t.TransactionCount).By("createdAt", t => t.CreatedAt);

    private static readonly SortFields<JobInfo> JobFields = new SortFields<JobInfo>()
        .By("jobId", j => j.JobId).By("templateId", j => j.TemplateId).By("payout", j => j.Payout).By("createdAt", j => j.CreatedAt);

    public static void MapTemplates(this RouteGroupBuilder api)
    {
        RouteGroupBuilder mining = api.MapGroup("").WithTags("Templates and jobs").Needs(Scope.Read);
        mining.MapGet("/templates", ListTemplatesAsync).WithName("listTemplates").WithSummary("Block templates that are alive, the newest first.").Fails(StatusCodes.Status400BadRequest);
        mining.MapGet("/templates/{instance}/{templateId}", GetTemplateAsync).WithName("getTemplate").WithSummary("One template with its coinbase decoded.").Fails(StatusCodes.Status404NotFound);
        mining.MapGet("/jobs", ListJobsAsync).WithName("listJobs").WithSummary("Mining jobs that are alive, with their coinbases decoded.").Fails(StatusCodes.Status400BadRequest);
        mining.MapGet("/jobs/{instance}/{jobId}", GetJobAsync).WithName("getJob").WithSummary("One job.").Fails(StatusCodes.Status404NotFound);
    }

    private static async Task<Ok<Page<TemplateInfo>>> ListTemplatesAsync([AsParameters] SortedListParameters part, IRoleHost host, CancellationToken cancellationToken)
    {
        ListQuery query = part.ToQuery();
        if (string.IsNullOrEmpty(part.Sort))
            return TypedResults.Ok(await host.ListTemplatesAsync(query, cancellationToken));
        Page<TemplateInfo> all = await host.ListTemplatesAsync(query with { Offset = 0, Limit = JobsMax, Search = null }, cancellationToken);
        return TypedResults.Ok(Page.Of(TemplateFields.Apply(all.Items, part.Sort), query, t => t.PrevHash));
    }

    private static async Task<Ok<TemplateDetail>> GetTemplateAsync(string instance, string templateId, IRoleHost host, CancellationToken cancellationToken) =>
        ulong.TryParse(templateId, NumberStyles.None, CultureInfo.InvariantCulture, out ulong id)
            && await host.GetTemplateAsync(instance, id, cancellationToken) is { } detail
            ? TypedResults.Ok(detail)
            : throw new RoleNotFoundException(Problems.Shown(templateId), "template");

    private static async Task<Ok<Page<JobInfo>>> ListJobsAsync([AsParameters] SortedListParameters part, IRoleHost host, CancellationToken cancellationToken)
    {
        ListQuery query = part.ToQuery();
        if (string.IsNullOrEmpty(part.Sort))
            return TypedResults.Ok(await host.ListJobsAsync(query, cancellationToken));
        Page<JobInfo> all = await host.ListJobsAsync(query with { Offset = 0, Limit = JobsMax }, cancellationToken);
        return TypedResults.Ok(Page.Of(JobFields.Apply(all.Items, part.Sort), query with { Search = null }, _ => ""));
    }

    private static async Task<Ok<JobInfo>> GetJobAsync(string instance, string jobId, IRoleHost host, CancellationToken cancellationToken)
    {
        await host.GetAsync(instance, cancellationToken);
        if (uint.TryParse(jobId, NumberStyles.None, CultureInfo.InvariantCulture, out uint id)
            && (await host.ListJobsAsync(new ListQuery { Instance = instance, Limit = JobsMax }, cancellationToken)).Items.FirstOrDefault(j => j.JobId == id) is { } job)
            return TypedResults.Ok(job);
        throw new RoleNotFoundException(Problems.Shown(jobId), "job");
    }
}
