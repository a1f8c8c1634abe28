using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sv2.Roles.Ledger;

/// <summary>What to export.</summary>
public enum LedgerTable
{
    /// <summary>Shares by worker and minute.</summary>
    Minutes,

    /// <summary>Totals by worker.</summary>
    Workers,

    /// <summary>Totals by account.</summary>
    Accounts,

    /// <summary>Blocks found.</summary>
    Blocks,
}

/// <summary>How to write it.</summary>
public enum LedgerFormat
{
    /// <summary>RFC 4180, UTF-8, with a header line.</summary>
    Csv,

    /// <summary>One JSON object a line.</summary>
    JsonLines,
}

/// <summary>
/// Streams a table of the ledger, row by row, so that its size does not matter. Work is written as a decimal text:
/// it may exceed what a spreadsheet or a JSON number holds exactly.
/// </summary>
public static class LedgerExport
{
    private const int RowsPerFlush = 1_000;

    private static readonly string[] TotalColumns =
        ["account", "worker", "workers", "shares", "difficulty", "work", "bestDifficulty", "firstShareAt", "lastShareAt"];

    private static readonly string[] MinuteColumns = ["minute", "account", "worker", "shares", "difficulty", "work", "bestDifficulty"];

    private static readonly string[] BlockColumns =
        ["hash", "prevHash", "height", "coinbaseValue", "nBits", "finder", "account", "worker", "state", "reason", "foundAt", "changedAt"];

    /// <summary>Writes a table to <paramref name="destination"/>, which stays open.</summary>
    /// <param name="reader">Where to read.</param>
    /// <param name="table">What to write.</param>
    /// <param name="format">How to write it.</param>
    /// <param name="destination">Where to write.</param>
    /// <param name="from">For <see cref="LedgerTable.Minutes"/>: the first minute; null for the oldest kept.</param>
    /// <param name="to">For <see cref="LedgerTable.Minutes"/>: the minute after the last; null for now.</param>
    /// <param name="cancellationToken">Ends the export between two rows.</param>
    /// <exception cref="LedgerException">The ledger cannot be read.</exception>
    public static async Task WriteAsync(
        LedgerReader reader, LedgerTable table, LedgerFormat format, Stream destination,
        DateTimeOffset? from = null, DateTimeOffset? to = null, CancellationToken cancellationToken = default)
    {
        await using var writer = new StreamWriter(destination, new UTF8Encoding(false), leaveOpen: true);
        string[] columns = Columns(table);
        var line = new StringBuilder();
        if (format == LedgerFormat.Csv) await writer.WriteAsync(string.Join(',', columns) + "\r\n").ConfigureAwait(false);

        int rows = 0;
        foreach (object[] row in Rows(reader, table, from, to))
        {
            cancellationToken.ThrowIfCancellationRequested();
            line.Clear();
            if (format == LedgerFormat.Csv) AppendCsv(line, row);
            else AppendJson(line, columns, row);
            await writer.WriteAsync(line, cancellationToken).ConfigureAwait(false);
            if (++rows % RowsPerFlush == 0) await writer.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static string[] Columns(LedgerTable table) => table switch
    {
        LedgerTable.Minutes => MinuteColumns,
        LedgerTable.Workers or LedgerTable.Accounts => TotalColumns,
        LedgerTable.Blocks => BlockColumns,
        _ => throw new ArgumentOutOfRangeException(nameof(table), table, "no such table"),
    };

    private static IEnumerable<object[]> Rows(LedgerReader reader, LedgerTable table, DateTimeOffset? from, DateTimeOffset? to) => table switch
    {
        LedgerTable.Minutes => reader.Minutes(from, to).Select(Row),
        LedgerTable.Workers => reader.Workers().Select(Row),
        LedgerTable.Accounts => reader.Accounts().Select(Row),
        _ => reader.Blocks().Select(Row),
    };

    private static object[] Row(ShareMinute m) => [m.Minute, m.Account, m.Worker, m.Shares, m.Difficulty, m.Work, m.Best];

    private static object[] Row(ShareTotal t) =>
        [t.Account, t.Worker, t.Workers, t.Shares, t.Difficulty, t.Work, t.Best, t.FirstShareAt, t.LastShareAt];

    private static object[] Row(BlockEntry b) =>
    [
        b.Hash, b.PrevHash, b.Height, b.CoinbaseValue, b.NBits.ToString("x8", CultureInfo.InvariantCulture), b.Finder,
        b.Name.Account, b.Name.Worker, BlockEntryStates.Text(b.State), b.Reason, b.FoundAt, b.ChangedAt,
    ];

    private static void AppendCsv(StringBuilder line, object[] row)
    {
        for (int i = 0; i < row.Length; i++)
        {
            if (i > 0) line.Append(',');
            if (row[i] is string text) AppendCsvText(line, text);
            else line.Append(Plain(row[i]));
        }

        line.Append("\r\n");
    }

    private static void AppendCsvText(StringBuilder line, string text)
    {
        // Miners choose these names. A spreadsheet takes a leading = + - @ for a formula; an apostrophe stops that.
        bool formula = text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r';
        if (!formula && text.AsSpan().IndexOfAny(",\"\r\n") < 0)
        {
            line.Append(text);
            return;
        }

        line.Append('"').Append(formula ? "'" : "").Append(text.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
    }

    private static void AppendJson(StringBuilder line, string[] columns, object[] row)
    {
        line.Append('{');
        for (int i = 0; i < row.Length; i++)
        {
            if (i > 0) line.Append(',');
            line.Append('"').Append(columns[i]).Append("\":");
            if (row[i] is long or double) line.Append(Plain(row[i]));
            else line.Append('"').Append(JsonEncodedText.Encode(Plain(row[i]), JavaScriptEncoder.Default)).Append('"');
        }

        line.Append("}\n");
    }

    private static string Plain(object value) => value switch
    {
        DateTimeOffset time => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
