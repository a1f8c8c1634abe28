using System.Text;
using System.Text.Json;
using Sv2.Roles.Ledger;

namespace Sv2.Roles.Tests.Ledger;

public sealed class LedgerExportTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly RecordingSink _sink = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Csv_quotes_what_needs_it_and_disarms_formulas()
    {
        await using ShareLedger ledger = Open();
        ledger.TryAppend(Shares.Of("=cmd().a,\"b\"", 3), _sink, out _);
        await ledger.FlushAsync();

        Assert.Equal(
            """"
            account,worker,workers,shares,difficulty,work,bestDifficulty,firstShareAt,lastShareAt
            "'=cmd()","a,""b""",1,1,3,12884901888,0,NOON,NOON

            """".ReplaceLineEndings("\r\n").Replace("NOON", Time(Shares.Noon), StringComparison.Ordinal),
            await Export(ledger, LedgerTable.Workers, LedgerFormat.Csv));
    }

    [Fact]
    public async Task Json_lines_are_one_object_a_row_with_exact_work()
    {
        await using ShareLedger ledger = Open();
        ledger.TryAppend(Shares.Of("a\"lice\n.w\u00fc", work: UInt128.MaxValue >> 40), _sink, out _);
        ledger.TryAppend(Shares.Of("bob"), _sink, out _);
        await ledger.FlushAsync();

        string[] lines = (await Export(ledger, LedgerTable.Accounts, LedgerFormat.JsonLines)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        JsonElement alice = JsonDocument.Parse(lines[0]).RootElement;
        Assert.Equal("a\"lice\n", alice.GetProperty("account").GetString());
        Assert.Equal((UInt128.MaxValue >> 40).ToString(), alice.GetProperty("work").GetString());
        Assert.Equal(1, alice.GetProperty("shares").GetInt64());
    }

    [Fact]
    public async Task Minutes_are_cut_to_the_range_and_add_up_to_the_totals()
    {
        await using ShareLedger ledger = Open();
        for (int i = 0; i < 500; i++) ledger.TryAppend(Shares.Of($"alice.{i % 7}", at: Shares.Noon + (i * 10)), _sink, out _);
        await ledger.FlushAsync();

        Assert.Equal(500, ledger.Reader.Minutes(to: At(Shares.Noon + 10_000)).Sum(m => m.Shares));
        string csv = await Export(ledger, LedgerTable.Minutes, LedgerFormat.Csv, At(Shares.Noon + 60), At(Shares.Noon + 120));
        Assert.Equal(1 + 6, csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Theory]
    [InlineData(LedgerFormat.Csv)]
    [InlineData(LedgerFormat.JsonLines)]
    public async Task Blocks_are_exported_with_their_state(LedgerFormat format)
    {
        await using ShareLedger ledger = Open();
        ledger.RecordBlock(Shares.Block("abcd", 42));
        ledger.ChangeBlock(new BlockChange("abcd", BlockEntryState.Orphaned, At(Shares.Noon), "another block, at the same height"));
        await ledger.FlushAsync();
        string text = await Export(ledger, LedgerTable.Blocks, format);
        Assert.Contains("abcd", text, StringComparison.Ordinal);
        Assert.Contains("orphaned", text, StringComparison.Ordinal);
        Assert.Contains("207fffff", text, StringComparison.Ordinal);
    }

    private static async Task<string> Export(ShareLedger ledger, LedgerTable table, LedgerFormat format, DateTimeOffset? from = null, DateTimeOffset? to = null)
    {
        using var stream = new MemoryStream();
        await LedgerExport.WriteAsync(ledger.Reader, table, format, stream, from, to);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static DateTimeOffset At(long seconds) => DateTimeOffset.FromUnixTimeSeconds(seconds);

    private static string Time(long seconds) => At(seconds).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'");

    private ShareLedger Open() => ShareLedger.Open(_folder.File("ledger.db"), new LedgerOptions(), TimeProvider.System);
}
