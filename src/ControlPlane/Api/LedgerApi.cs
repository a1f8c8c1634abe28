using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sv2.ControlPlane.Security;
using Sv2.Roles;
using Sv2.Roles.Ledger;

namespace Sv2.ControlPlane.Api;

/// <summary>Exports of the ledgers, streamed.</summary>
internal static class LedgerApi
{
    public static void MapLedger(this RouteGroupBuilder api)
    {
        RouteGroupBuilder ledger = api.MapGroup("/ledger").WithTags("Ledger").Needs(Scope.Read);
        ledger.MapGet("/", async Task<Ok<IReadOnlyList<LedgerSummary>>> (IRoleHost host, CancellationToken cancellationToken) =>
                TypedResults.Ok(await host.ListLedgersAsync(cancellationToken)))
            .WithName("listLedgers").WithSummary("The ledgers of the roles that run, with what they hold.").Fails(StatusCodes.Status422UnprocessableEntity);
        ledger.MapGet("/{instance}/{table}", ExportAsync).WithName("exportLedger").WithSummary("Exports a table: minutes, workers, accounts or blocks.")
            .WithDescription("Streamed row by row, so its size does not matter. Work is a decimal text, as it may exceed what a number holds exactly.")
            .Produces<string>(StatusCodes.Status200OK, "text/csv", "application/jsonl")
            .Fails(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound, StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task ExportAsync(
        string instance,
        string table,
        [FromQuery, Description("csv or json-lines; csv if not given.")] string? format,
        [FromQuery, Description("Of the minutes: the first.")] DateTimeOffset? from,
        [FromQuery, Description("Of the minutes: the one after the last.")] DateTimeOffset? to,
        IRoleHost host, HttpContext context, CancellationToken cancellationToken)
    {
        LedgerTable wanted = table switch
        {
            "minutes" => LedgerTable.Minutes,
            "workers" => LedgerTable.Workers,
            "accounts" => LedgerTable.Accounts,
            "blocks" => LedgerTable.Blocks,
            _ => throw new RoleNotFoundException(Problems.Shown(table), "table of a ledger"),
        };
        LedgerFormat form = format switch
        {
            null or "csv" => LedgerFormat.Csv,
            "json-lines" => LedgerFormat.JsonLines,
            _ => throw new ConfigurationException("format", $"'{Problems.Shown(format)}' is not a form", "choose csv or json-lines"),
        };
        if (from is not null && to is not null && from >= to)
            throw new ConfigurationException("from", "is not before to", "give an earlier beginning");

        // Headers go out with the first bytes, so a ledger that cannot be read is still a problem+json.
        await using var body = new StartedByFirstWrite(context.Response, () =>
        {
            bool isCsv = form == LedgerFormat.Csv;
            context.Response.ContentType = isCsv ? "text/csv; charset=utf-8" : "application/jsonl; charset=utf-8";
            context.Response.Headers.ContentDisposition = $"attachment; filename=\"{instance}-{table}.{(isCsv ? "csv" : "jsonl")}\"";
            context.Response.Headers.CacheControl = "no-store";
        });
        await host.ExportLedgerAsync(instance, new LedgerExportRequest(wanted, form, from, to), body, cancellationToken);
        body.Start();
    }

    /// <summary>A response body that sets its headers when the first bytes come.</summary>
    private sealed class StartedByFirstWrite(HttpResponse response, Action start) : Stream
    {
        private bool _isStarted;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public void Start()
        {
            if (_isStarted)
                return;
            _isStarted = true;
            start();
        }

        public override void Flush()
        {
            // Whoever disposes a writer flushes it; the server sends what it has at the end in any case.
        }

        public override Task FlushAsync(CancellationToken cancellationToken) =>
            _isStarted ? response.Body.FlushAsync(cancellationToken) : Task.CompletedTask;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Start();
            return response.Body.WriteAsync(buffer, cancellationToken);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Written asynchronously only.");

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
