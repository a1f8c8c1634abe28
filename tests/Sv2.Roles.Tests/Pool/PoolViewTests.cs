using System.Text;
using Sv2.Protocol.Mining;
using Sv2.Roles.Ledger;

namespace Sv2.Roles.Tests.Pool;

/// <summary>What a pool shows of itself beyond its report: jobs, templates, keys, its ledger.</summary>
public class PoolViewTests
{
    [Fact]
    public async Task A_job_shows_whom_its_coinbase_pays()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync();
        Page<JobInfo> jobs = await pool.Role.ListJobsAsync(ListQuery.First, CancellationToken.None);
        JobInfo active = jobs.Items.First(job => job.IsActive);
        Assert.Equal(("pool", false), (active.Payout, active.IsFuture));
        Assert.NotNull(active.PrevHash);
        Assert.Equal("/test/", active.Coinbase.Tag);
        CoinbaseOutputInfo payout = active.Coinbase.Outputs[0];
        Assert.Equal(("p2wpkh", PoolHarness.PayoutAddress), (payout.Type, payout.Address));
        Assert.Equal(active.Coinbase.ValueSats, active.Coinbase.Outputs.Sum(output => output.ValueSats));

        Page<TemplateInfo> templates = await pool.Role.ListTemplatesAsync(ListQuery.First, CancellationToken.None);
        TemplateDetail detail = (await pool.Role.GetTemplateAsync(active.TemplateId, CancellationToken.None))!;
        Assert.Contains(detail.Template, templates.Items);
        Assert.Equal(active.Coinbase.Height, detail.Coinbase.Height);
        Assert.Equal(detail.Template.CoinbaseValueSats, detail.Coinbase.UnassignedSats);
        Assert.Equal(detail.Template.MerklePathLength, detail.MerklePath.Count);
        Assert.Null(await pool.Role.GetTemplateAsync(ulong.MaxValue, CancellationToken.None));
    }

    [Fact]
    public async Task Keys_are_shown_with_their_certificate_and_a_new_one_counts_from_the_next_start()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync();
        KeyInfo authority = pool.Role.ListKeys().Single(key => key.Name == "authority");
        Assert.EndsWith(authority.PublicKey, pool.Address);
        Assert.True(authority.CertificateValidFrom < authority.CertificateValidUntil);

        KeyRotation rotation = pool.Role.RotateKey("authority");
        Assert.Equal(authority.PublicKey, rotation.PreviousPublicKey);
        Assert.True(File.Exists(rotation.ArchivedAs));
        Assert.EndsWith(authority.PublicKey, pool.Address);
        Assert.Throws<RoleNotFoundException>(() => pool.Role.RotateKey("other"));
        await pool.RestartAsync();
        Assert.EndsWith(rotation.PublicKey, pool.Address);
    }

    [Fact]
    public async Task The_ledger_is_summed_up_and_exported()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync();
        Assert.Equal(new LedgerSummary("", 0, 0, 0, 0), await pool.Role.SummarizeLedgerAsync(CancellationToken.None));
        using var stream = new MemoryStream();
        await pool.Role.ExportLedgerAsync(new LedgerExportRequest(LedgerTable.Workers, LedgerFormat.Csv), stream, CancellationToken.None);
        Assert.StartsWith("account,worker,", Encoding.UTF8.GetString(stream.ToArray()));
    }

    [Fact]
    public async Task Rejections_are_told_by_reason()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync();
        await using RawMiner miner = await pool.ConnectAsync();
        RawWork work = await miner.FirstWorkAsync(await miner.OpenStandardAsync());
        SubmitSharesStandard share = work.Standard(1, work.NextNonce());
        miner.Send(share with { JobId = 4_711 });
        await miner.ExpectAsync<SubmitSharesError>();
        miner.Send(share with { ChannelId = 4_711 });
        await miner.ExpectAsync<SubmitSharesError>();
        Assert.Equal(
            new Dictionary<string, long> { ["invalid-job-id"] = 1, ["invalid-channel-id"] = 1 }.Order(Comparer),
            pool.Role.Report().Rejections.Order(Comparer));
    }

    private static readonly Comparer<KeyValuePair<string, long>> Comparer =
        Comparer<KeyValuePair<string, long>>.Create((a, b) => string.CompareOrdinal(a.Key, b.Key));
}
