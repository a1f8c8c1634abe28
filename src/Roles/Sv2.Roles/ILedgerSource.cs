using Sv2.Roles.Ledger;

namespace Sv2.Roles;

/// <summary>A role that books shares durably.</summary>
public interface ILedgerSource
{
    /// <summary>What has been booked in all.</summary>
    /// <exception cref="RoleException">The ledger cannot be read.</exception>
    ValueTask<LedgerSummary> SummarizeLedgerAsync(CancellationToken cancellationToken);

    /// <summary>Streams a table, row by row; the caller's stream stays open.</summary>
    /// <exception cref="RoleException">The ledger cannot be read.</exception>
    Task ExportLedgerAsync(LedgerExportRequest request, Stream destination, CancellationToken cancellationToken);
}

/// <summary>What a ledger holds.</summary>
/// <param name="Instance">The role instance; the host fills it in.</param>
/// <param name="Shares">Accepted shares, ever.</param>
/// <param name="Workers">Workers that have shares.</param>
/// <param name="Accounts">Accounts that have shares.</param>
/// <param name="Blocks">Blocks found.</param>
public sealed record LedgerSummary(string Instance, long Shares, long Workers, long Accounts, long Blocks);

/// <summary>Which part of a ledger, in which form.</summary>
/// <param name="Table">The table.</param>
/// <param name="Format">The form.</param>
/// <param name="From">For the minutes: the first; null for the oldest kept.</param>
/// <param name="To">For the minutes: the one after the last; null for now.</param>
public sealed record LedgerExportRequest(LedgerTable Table, LedgerFormat Format, DateTimeOffset? From = null, DateTimeOffset? To = null);
