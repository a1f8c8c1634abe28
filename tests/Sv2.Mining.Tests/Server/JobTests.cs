using System.Text.Json;
using Sv2.Bitcoin;
using Sv2.Mining.Client;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Protocol.Mining;
using Sv2.Protocol.TemplateDistribution;
using SetNewPrevHash = Sv2.Protocol.Mining.SetNewPrevHash;

namespace Sv2.Mining.Tests.Server;

public sealed class JobTests
{
    private static readonly JsonElement Vector = JsonDocument.Parse(File.ReadAllText("Data/coinbase-merkle.json")).RootElement;

    [Fact]
    [Trait("spec", "142")]
    [Trait("spec", "143")]
    [Trait("spec", "144")]
    [Trait("spec", "198")]
    [Trait("spec", "374")]
    [Trait("spec", "376")]
    public void The_derived_coinbase_vector_comes_out_of_a_template()
    {
        SharedJob job = VectorFamily(out _);
        ExtendedJob work = job.For(16).Work;

        Assert.Equal(Text("NewExtendedMiningJob", "coinbase_tx_prefix_hex"), work.CoinbasePrefix.ToString());
        Assert.Equal(Text("NewExtendedMiningJob", "coinbase_tx_suffix_hex"), work.CoinbaseSuffix.ToString());
        // The input count and the null txid follow the version, not marker and flag.
        Assert.Equal([1, 0], work.CoinbasePrefix.Span[4..6].ToArray());

        byte[] prefix = Convert.FromHexString(Text("extranonce_prefix_hex"));
        byte[] extranonce = Convert.FromHexString(Text("extranonce_hex"));
        U256 root = work.MerkleRoot(prefix, extranonce);
        Assert.Equal(Text("merkle_root_wire_hex"), root.ToString());
        // A standard channel of the same group carries all sixteen bytes as its prefix.
        Assert.Equal(root, work.MerkleRoot([.. prefix, .. extranonce]));

        JsonElement header = Vector.GetProperty("header");
        BlockHeader rebuilt = new(
            header.GetProperty("version").GetUInt32(),
            U256.FromWireHex(header.GetProperty("prev_hash_wire_hex").GetString()!),
            root,
            header.GetProperty("ntime").GetUInt32(),
            header.GetProperty("nbits").GetUInt32(),
            header.GetProperty("nonce").GetUInt32());
        Assert.Equal(header.GetProperty("block_hash_internal_hex").GetString(), rebuilt.Hash().ToString());
    }

    [Fact]
    [Trait("spec", "199")]
    [Trait("spec", "201")]
    [Trait("spec", "330")]
    public void The_coinbase_of_a_block_has_its_witness_again()
    {
        SharedJob job = VectorFamily(out _);
        byte[] full = job.For(16).FullCoinbase(Convert.FromHexString(Text("extranonce_prefix_hex")), Convert.FromHexString(Text("extranonce_hex")));
        Assert.Equal(Text("SubmitSolution", "coinbase_tx_hex"), Convert.ToHexStringLower(full));
    }

    [Fact]
    [Trait("spec", "144")]
    public void An_empty_path_leaves_the_coinbase_txid_as_the_root()
    {
        JobFamily family = new JobFactory().CreateFamily(Templates.PayAll);
        Assert.True(family.TryAddTemplate(Templates.Template(1, future: true, pathLength: 0), out SharedJob? job, out _));
        ExtendedJob work = job.For(12).Work;
        byte[] extranonce = new byte[12];
        byte[] coinbase = [.. work.CoinbasePrefix.Span, .. extranonce, .. work.CoinbaseSuffix.Span];
        Assert.Equal(Independent.Sha256d(coinbase), work.MerkleRoot(extranonce).AsSpan().ToArray());
    }

    [Fact]
    [Trait("spec", "200")]
    [Trait("spec", "232")]
    [Trait("spec", "380")]
    [Trait("spec", "379")]
    public void Every_member_of_every_group_has_a_coinbase_that_a_transaction_parser_reads()
    {
        Bench bench = Bench.Running(jobOptions: new JobFactoryOptions { CoinbaseTag = "/tag/"u8.ToArray() });
        Link link = bench.Connect();
        ClientChannel[] channels = [link.OpenStandard(), link.OpenExtended(), link.OpenExtended(minExtranonceSize: 15)];
        bench.AddActive();
        link.Pump();

        foreach (ClientChannel channel in channels)
        {
            ExtendedJob work = channel.Work!.Job.Extended!;
            byte[] coinbase = [.. work.CoinbasePrefix.Span, .. channel.Work.Job.ExtranoncePrefix.Span, .. new byte[channel.ExtranonceSize], .. work.CoinbaseSuffix.Span];
            Assert.True(Transaction.TryParse(coinbase, out Transaction? transaction, out string? error), error);
            int scriptSig = transaction.Inputs[0].ScriptSig.Length;
            Assert.Equal(4 + 5 + channel.ExtranoncePrefix.Length + channel.ExtranonceSize, scriptSig);
            Assert.Equal(Templates.CommitmentScript, ByteString.CopyOf(transaction.Outputs[^1].Script.Span));
        }
        Assert.Equal(channels[0].Work!.Job.Extended!.CoinbasePrefix, channels[1].Work!.Job.Extended!.CoinbasePrefix);
    }

    [Fact]
    [Trait("spec", "136")]
    public void The_templates_merkle_path_reaches_the_miner_unchanged()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        link.OpenExtended();
        bench.AddActive();
        Assert.Equal(Templates.Template(2, future: false).MerklePath, link.ToClient.Last<NewExtendedMiningJob>().MerklePath);
    }

    [Fact]
    [Trait("spec", "186")]
    [Trait("spec", "382")]
    public void Job_ids_of_all_families_and_kinds_are_different()
    {
        JobFactory jobs = new();
        JobFamily[] families = [jobs.CreateFamily(Templates.PayAll), jobs.CreateFamily(Templates.PayAll)];
        HashSet<uint> ids = [];
        for (uint i = 0; i < 50_000; i++)
        {
            Assert.True(families[i % 2].TryAddTemplate(Templates.Template(i, future: true, pathLength: 0), out SharedJob? job, out _));
            Assert.True(ids.Add(job.JobId));
            // Custom jobs draw from the same source.
            Assert.True(ids.Add(jobs.NextJobId()));
        }
        Assert.DoesNotContain(0u, ids);
    }

    [Fact]
    [Trait("spec", "187")]
    [Trait("spec", "381")]
    public void A_channel_that_joins_between_future_job_and_block_has_the_job_when_it_is_activated()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel early = link.OpenExtended();
        SharedJob future = bench.AddFuture();
        link.Pump();
        ClientChannel late = link.OpenExtended();
        ClientChannel lateStandard = link.OpenStandard();
        bench.NewBlock();
        link.Pump();

        Assert.All((ClientChannel[])[early, late, lateStandard], channel => Assert.Equal(future.JobId, channel.Work!.JobId));
        Assert.Empty(link.Events.Violations);
    }

    [Fact]
    [Trait("spec", "187")]
    public void Every_SetNewPrevHash_ever_sent_names_a_future_job_of_that_address()
    {
        Bench bench = new();
        Link group = bench.Connect();
        Link device = bench.Connect(MiningSetupFlags.RequiresStandardJobs);
        Random random = new(3);
        for (int i = 0; i < 400; i++)
        {
            switch (random.Next(5))
            {
                case 0:
                    bench.AddFuture();
                    break;
                case 1 when bench.Family.State.Tip is not null:
                    bench.AddActive();
                    break;
                case 2:
                    bench.NewBlock();
                    break;
                case 3:
                    group.SayOpen(random.Next(2) == 0 ? ChannelKind.Standard : ChannelKind.Extended, U256.MaxValue);
                    device.SayOpen(ChannelKind.Standard, U256.MaxValue);
                    break;
                default:
                    break;
            }
            group.Pump();
            device.Pump();
        }
        foreach (Link link in (Link[])[group, device])
        {
            HashSet<(uint Channel, uint Job)> futures = [];
            foreach (byte[] frame in link.ToClient.Frames)
            {
                if (RecordingOutput.Is<NewMiningJob>(frame) && RecordingOutput.Decode<NewMiningJob>(frame) is { MinNTime: null } standard)
                    futures.Add((standard.ChannelId, standard.JobId));
                else if (RecordingOutput.Is<NewExtendedMiningJob>(frame) && RecordingOutput.Decode<NewExtendedMiningJob>(frame) is { MinNTime: null } extended)
                    futures.Add((extended.ChannelId, extended.JobId));
                else if (RecordingOutput.Is<SetNewPrevHash>(frame) && RecordingOutput.Decode<SetNewPrevHash>(frame) is { } activation)
                    Assert.Contains((activation.ChannelId, activation.JobId), futures);
            }
        }
    }

    [Fact]
    [Trait("spec", "190")]
    [Trait("spec", "383")]
    public void A_new_block_makes_every_earlier_job_stale()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel channel = link.OpenExtended();
        Found onFirst = Found.On(channel.Work!, channel.Target);
        bench.AddActive();
        link.Pump();
        Found onSecond = Found.On(channel.Work!, channel.Target);
        bench.AddFuture();
        link.Pump();
        bench.NewBlock();

        link.SayShare(onFirst, 0);
        link.SayShare(onSecond, 1);
        Assert.Equal([ShareRejection.Stale, ShareRejection.Stale], link.Sink.Refused.Select(refused => refused.Reason));
        Assert.All(link.ToClient.All<SubmitSharesError>(), error => Assert.Equal("stale-share", error.ErrorCode.ToString()));
        Assert.Empty(link.Sink.Accepted);

        link.Pump();
        Assert.False(link.Client.TrySubmit(onSecond.Work, onSecond.Nonce, onSecond.NTime, onSecond.Version, onSecond.Extranonce, out _));
    }

    [Fact]
    [Trait("spec", "383")]
    public void A_late_share_on_an_earlier_job_of_the_same_tip_counts()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel channel = link.OpenExtended();
        Found late = Found.On(channel.Work!, channel.Target);
        for (int i = 0; i < 5; i++)
            bench.AddActive();
        link.Pump();
        link.Submit(late);
        Assert.Single(link.Sink.Accepted);
    }

    [Fact]
    public void Jobs_beyond_the_history_are_forgotten_and_their_shares_called_stale()
    {
        Bench bench = Bench.Running(new MiningServerOptions { JobHistoryMax = 8 });
        Link link = bench.Connect();
        ClientChannel channel = link.OpenExtended();
        Found old = Found.On(channel.Work!, channel.Target);
        for (int i = 0; i < 100; i++)
        {
            bench.AddActive();
            if (i % 10 == 0)
                bench.AddFuture();
            Assert.InRange(link.ServerSide(channel).JobCount, 1, 8);
        }
        link.SayShare(old, 0);
        Assert.Equal(ShareRejection.Stale, link.Sink.Refused.Single().Reason);
        link.Pump();
        link.Mine(channel);
        bench.NewBlock();
        link.Pump();
        link.Mine(channel);
        Assert.Equal(2, link.Sink.Accepted.Count);
    }

    [Fact]
    [Trait("spec", "333")]
    public void A_tip_at_the_same_or_a_lower_height_ends_earlier_jobs_all_the_same()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel channel = link.OpenStandard();
        ChainTip first = bench.Tip;
        bench.NewBlock();
        link.Pump();
        Found onSecond = Found.On(channel.Work!, channel.Target);
        // Back to the first block: a reorganisation.
        SharedJob again = bench.AddFuture();
        Assert.True(bench.Family.TryActivate(again.TemplateId, first));
        bench.Refresh();
        link.Pump();
        link.SayShare(onSecond, 0);
        Assert.Equal(ShareRejection.Stale, link.Sink.Refused.Single().Reason);
        link.Mine(channel);
        Assert.Single(link.Sink.Accepted);
    }

    [Fact]
    public void A_refresh_too_many_or_too_late_sends_nothing_twice_and_loses_nothing()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel channel = link.OpenExtended();
        link.ToClient.Clear();
        // Three changes at once, without a refresh in between: only the outcome is sent.
        Assert.True(bench.Family.TryAddTemplate(Templates.Template(100, future: true), out _, out _));
        Assert.True(bench.Family.TryActivate(100, Templates.Tip(50, bench.Now)));
        Assert.True(bench.Family.TryAddTemplate(Templates.Template(101, future: false), out SharedJob? newest, out _));
        link.Server.Refresh();
        link.Server.Refresh();
        link.Pump();

        Assert.Equal([0x1f, 0x20], link.ToClient.Types);
        Assert.Equal(newest.JobId, channel.Work!.JobId);
        link.Mine(channel);
        Assert.Single(link.Sink.Accepted);
        Assert.Empty(link.Events.Violations);
    }

    [Fact]
    public void Activating_an_unknown_template_changes_nothing()
    {
        Bench bench = Bench.Running();
        JobFamilyState before = bench.Family.State;
        Assert.False(bench.Family.TryActivate(4711, Templates.Tip(9)));
        Assert.Same(before, bench.Family.State);
    }

    [Fact]
    public void Of_two_templates_with_one_id_the_newer_is_activated()
    {
        JobFamily family = new JobFactory().CreateFamily(Templates.PayAll);
        Assert.True(family.TryAddTemplate(Templates.Template(7, future: true), out _, out _));
        Assert.True(family.TryAddTemplate(Templates.Template(7, future: true, pathLength: 3), out SharedJob? newer, out _));
        Assert.True(family.TryActivate(7, Templates.Tip(1)));
        Assert.Same(newer, family.State.Active);
    }

    [Fact]
    public void Future_jobs_are_bounded_and_the_oldest_goes()
    {
        JobFamily family = new JobFactory(new JobFactoryOptions { FutureJobsMax = 3 }).CreateFamily(Templates.PayAll);
        for (ulong id = 1; id <= 10; id++)
            Assert.True(family.TryAddTemplate(Templates.Template(id, future: true), out _, out _));
        Assert.Equal([8ul, 9, 10], family.State.Futures.Select(job => job.TemplateId));
    }

    [Theory]
    [Trait("spec", "314")]
    [Trait("spec", "315")]
    [InlineData("coinbase_prefix")]
    [InlineData("coinbase_tx_outputs")]
    [InlineData("coinbase_tx_outputs_count")]
    [InlineData("coinbase_tx_value_remaining")]
    [InlineData("future_template")]
    public void A_template_that_cannot_be_used_is_refused_by_the_name_of_its_field(string field)
    {
        NewTemplate good = Templates.Template(1, future: true);
        NewTemplate bad = field switch
        {
            "coinbase_prefix" => good with { CoinbasePrefix = new byte[9] },
            "coinbase_tx_outputs" => good with { CoinbaseTxOutputs = ByteString.FromHex("00") },
            "coinbase_tx_outputs_count" => good with { CoinbaseTxOutputsCount = 200 },
            "coinbase_tx_value_remaining" => good with { CoinbaseTxValueRemaining = 5 },
            _ => good with { FutureTemplate = false },
        };
        JobFamily family = new JobFactory().CreateFamily(_ => Templates.PayAll(6));
        Assert.False(family.TryAddTemplate(bad, out _, out string? error));
        Assert.Matches($"coinbase output|{field.Replace("outputs_count", "outputs")}|output", error);
        Assert.Empty(family.State.Futures);
    }

    [Fact]
    [Trait("spec", "316")]
    public void Version_sequence_and_locktime_of_the_coinbase_are_the_templates()
    {
        NewTemplate template = Templates.Template(1, future: true) with { CoinbaseTxInputSequence = 0xffff_fffe, CoinbaseTxLocktime = 853_999, CoinbaseTxVersion = 1 };
        JobFamily family = new JobFactory().CreateFamily(Templates.PayAll);
        Assert.True(family.TryAddTemplate(template, out SharedJob? job, out _));
        ExtendedJob work = job.For(12).Work;
        Assert.Equal(1u, BitConverter.ToUInt32(work.CoinbasePrefix.Span));
        Assert.Equal(0xffff_fffe, BitConverter.ToUInt32(work.CoinbaseSuffix.Span));
        Assert.Equal(853_999u, BitConverter.ToUInt32(work.CoinbaseSuffix.Span[^4..]));
    }

    [Fact]
    [Trait("spec", "193")]
    public void SetNewPrevHash_has_the_bytes_of_the_specification()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel channel = link.OpenExtended();
        SharedJob job = bench.AddFuture();
        bench.NewBlock();
        byte[] expected =
        [
            0x00, 0x80, 0x20, 48, 0, 0,
            .. BitConverter.GetBytes(channel.GroupChannelId),
            .. BitConverter.GetBytes(job.JobId),
            .. bench.Tip.PrevHash.AsSpan(),
            .. BitConverter.GetBytes(bench.Tip.MinNTime),
            .. BitConverter.GetBytes(Templates.NBits),
        ];
        Assert.Equal(expected, link.ToClient.Frames[^1]);
    }

    [Fact]
    [Trait("spec", "340")]
    public void The_same_frame_serves_the_groups_of_all_connections()
    {
        Bench bench = Bench.Running();
        Link[] links = [bench.Connect(), bench.Connect(), bench.Connect()];
        foreach (Link link in links)
        {
            link.OpenExtended();
            link.OpenStandard();
            link.ToClient.Clear();
        }
        bench.AddActive();
        bench.AddFuture();
        bench.NewBlock();
        Assert.Equal(3, links[0].ToClient.Frames.Count);
        Assert.All(links, link => Assert.Equal(links[0].ToClient.Frames, link.ToClient.Frames));
    }

    [Fact]
    [Trait("spec", "163")]
    public void A_job_takes_a_coinbase_that_its_owner_has_made()
    {
        Bench bench = Bench.Running();
        NewTemplate template = Templates.Template(77, future: false);
        CoinbaseTemplate declared = new()
        {
            Version = template.CoinbaseTxVersion,
            CoinbasePrefix = template.CoinbasePrefix,
            Sequence = template.CoinbaseTxInputSequence,
            Outputs = (TxOutput[])[new TxOutput(1, new Script(Templates.CommitmentScript))],
            LockTime = 3,
        };
        byte[] upstream = [0xa1, 0xa2, 0xa3];
        Assert.True(bench.Family.TryAddTemplate(template, declared with { Tag = upstream }, out SharedJob? job, out _));

        // Three bytes stand fixed in the job, twelve are the channel's: together the fifteen that the pool upstream gave.
        byte[] local = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
        U256 downstream = job.For(local.Length).Work.MerkleRoot(local);
        Assert.Equal(MerklePath.Fold(declared.Split(15).Txid(upstream, local), template.MerklePath.AsSpan()), downstream);
        Assert.Same(job, bench.Family.State.Active);
        JobFamily young = bench.Jobs.CreateFamily(Templates.PayAll);
        Assert.False(young.TryAddTemplate(template, declared, out _, out string? error));
        Assert.Contains("never announced", error);
    }

    private static SharedJob VectorFamily(out JobFamily family)
    {
        ByteString all = ByteString.FromHex(Text("outputs_unprefixed_hex"));
        Assert.True(TxOutput.TryReadUnprefixed(all.Span, 2, out TxOutput[] outputs, out string? error), error);
        family = new JobFactory().CreateFamily(_ => outputs[..1]);
        NewTemplate template = new()
        {
            TemplateId = 1,
            FutureTemplate = true,
            Version = Vector.GetProperty("header").GetProperty("version").GetUInt32(),
            CoinbaseTxVersion = Vector.GetProperty("coinbase_tx_version").GetUInt32(),
            CoinbasePrefix = ByteString.FromHex(Text("coinbase_prefix_hex")),
            CoinbaseTxInputSequence = Vector.GetProperty("coinbase_tx_input_nSequence").GetUInt32(),
            CoinbaseTxValueRemaining = outputs[0].Value,
            CoinbaseTxOutputsCount = 1,
            CoinbaseTxOutputs = TxOutput.SerializeUnprefixed(outputs[1..]),
            CoinbaseTxLocktime = Vector.GetProperty("coinbase_tx_locktime").GetUInt32(),
            MerklePath = (U256[])[.. Vector.GetProperty("merkle_path").EnumerateArray().Select(step => U256.FromWireHex(step.GetString()!))],
        };
        Assert.True(family.TryAddTemplate(template, out SharedJob? job, out error), error);
        return job;
    }

    private static string Text(params string[] path) => path.Aggregate(Vector, (element, name) => element.GetProperty(name)).GetString()!;
}
