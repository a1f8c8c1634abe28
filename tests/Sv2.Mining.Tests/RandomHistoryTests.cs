using FsCheck;
using FsCheck.Fluent;
using Sv2.Bitcoin;
using Sv2.Mining.Client;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Mining.Tests;

/// <summary>
/// Drives server sessions and client sessions against each other through random histories, legal and illegal, with
/// messages in flight, and compares all that happens with <see cref="WireModel"/>.
/// </summary>
public sealed class RandomHistoryTests
{
    private static readonly int Histories = Environment.GetEnvironmentVariable("SV2_LONG_TESTS") == "1" ? 3000 : 60;

    [Fact]
    [Trait("spec", "137")]
    [Trait("spec", "186")]
    [Trait("spec", "187")]
    [Trait("spec", "207")]
    [Trait("spec", "216")]
    [Trait("spec", "217")]
    [Trait("spec", "225")]
    [Trait("spec", "231")]
    public void Every_credited_share_is_one_by_the_specification_and_both_ends_agree()
    {
        Gen<int[]> histories = Gen.Choose(0, int.MaxValue).ArrayOf(250);
        int credited = 0;
        Prop.ForAll(histories.ToArbitrary(), actions =>
        {
            using History history = new();
            foreach (int action in actions)
                history.Step(action);
            history.Settle();
            credited += history.CreditedShares;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Histories));
        Assert.True(credited > 10 * Histories, "histories in which next to nothing is mined prove next to nothing");
    }

    private sealed class History : IDisposable
    {
        private const int LinksMax = 3;
        private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

        private readonly Bench _bench;
        private readonly JobFamily _other;
        private readonly List<Party> _parties = [];
        private readonly List<(Party Party, Found Found)> _held = [];
        private readonly CustomPolicy _customJobs = new();
        private Random _random = new(0);

        public History()
        {
            MiningServerOptions options = new()
            {
                ChannelsMax = 6,
                JobHistoryMax = 8,
                AckBatchSize = 4,
                DuplicateFilterMax = 64,
                PendingSharesMax = 40,
                TargetGrace = Grace,
            };
            ExtranonceLayout layout = new() { UniqueSize = 1, ClientSize = 4, ClientSizeMax = 6 };
            _bench = new Bench(options, layout: layout, vardiff: _ => new RandomVardiff(this), customJobs: _customJobs);
            _other = _bench.Jobs.CreateFamily(value => (TxOutput[])[new TxOutput(value, new Script(ByteString.FromHex("51")))]);
            _bench.Policy.Decide = user => user switch
            {
                "refused" => ChannelDecision.Refuse("unknown-user"),
                "other" => ChannelDecision.Accept(_other),
                _ => ChannelDecision.Accept(_bench.Family),
            };
        }

        public int CreditedShares { get; private set; }

        public void Step(int action)
        {
            _random = new Random(action);
            if (_parties.Count == 0)
                Connect();
            Party party = _parties[_random.Next(_parties.Count)];
            switch (action % 24)
            {
                case 0 when _parties.Count < LinksMax:
                    Connect();
                    break;
                case 1:
                    OpenSomething(party);
                    break;
                case 2:
                    OpenSomething(party);
                    break;
                case 3:
                    CloseSomething(party);
                    break;
                case 4:
                    if (Any(party) is { } updated)
                        party.Link.Client.UpdateChannel(updated, _random.Next(4) == 0 ? float.NaN : _random.Next(), RandomTarget());
                    break;
                case 5:
                    _bench.AddFuture(_random.Next(2) == 0 ? _other : null);
                    break;
                case 6 or 7:
                    JobFamily family = _random.Next(2) == 0 ? _other : _bench.Family;
                    if (family.State.Tip is not null)
                        _bench.AddActive(family);
                    break;
                case 8:
                    NewBlock();
                    break;
                case 9:
                    if (party.Link.Server.Channels.ElementAtOrDefault(_random.Next(6)) is { } changed)
                        party.Link.Server.ChangeExtranoncePrefix(changed.Id);
                    break;
                case 10:
                    if (party.Link.Server.Channels.ElementAtOrDefault(_random.Next(6)) is { } moved)
                        party.Link.Server.MoveChannel(moved.Id, _random.Next(2) == 0 ? _other : _bench.Family);
                    break;
                case 11 or 12:
                    Hold(party);
                    break;
                case 13:
                    ReleaseHeld();
                    break;
                case 14:
                    SubmitNonsense(party);
                    break;
                case 15:
                    if (party.Link.Sink.Accepted.Count > 0)
                        party.Link.Server.AcknowledgeThrough(party.Link.Sink.Accepted[_random.Next(party.Link.Sink.Accepted.Count)].ShareNumber);
                    break;
                case 16:
                    _bench.Advance(TimeSpan.FromSeconds(_random.Next(1, 8)));
                    break;
                case 17:
                    SendCustomJob(party);
                    break;
                case 18:
                    party.Link.DeliverOneToClient();
                    break;
                default:
                    MineInStep(party);
                    break;
            }
            Observe();
            if (_random.Next(3) != 0)
                Pump(party);
        }

        /// <summary>Delivers what is in flight; then both ends must know the same.</summary>
        public void Settle()
        {
            foreach (Party party in _parties)
            {
                Pump(party);
                party.Link.AckAll();
                _bench.Advance(TimeSpan.FromSeconds(2));
                Observe();
                Pump(party);
                Compare(party);
            }
        }

        public void Dispose()
        {
            foreach (Party party in _parties.ToList())
                _bench.Disconnect(party.Link);
            Assert.Equal(0, _bench.Extranonces.InUse);
        }

        internal U256 RandomTarget() => Templates.Easy(_random.Next(0, 6));

        internal bool Chance(int oneIn) => _random.Next(oneIn) == 0;

        private void Connect()
        {
            MiningSetupFlags flags = _parties.Count == 1 ? MiningSetupFlags.RequiresStandardJobs : MiningSetupFlags.RequiresWorkSelection;
            _parties.Add(new Party(_bench.Connect(flags), new WireModel(_bench.Clock.GetUtcNow, Grace)));
        }

        private void NewBlock()
        {
            U256 network = Templates.Easy(_random.Next(6, 9));
            ChainTip tip = _bench.NewBlock(network);
            if (_other.State.Futures.IsEmpty)
                _bench.AddFuture(_other);
            Assert.True(_other.TryActivate(_other.State.Futures[^1].TemplateId, tip));
            _bench.Refresh();
        }

        private void OpenSomething(Party party)
        {
            string user = _random.Next(5) switch { 0 => "refused", 1 or 2 => "other", _ => "user" };
            float hashRate = _random.Next(10) switch { 0 => float.NaN, 1 => -5, 2 => float.PositiveInfinity, 3 => 0, _ => 1e6f };
            U256 maxTarget = _random.Next(10) == 0 ? U256.Zero : RandomTarget();
            if (_random.Next(2) == 0)
                party.Link.Client.OpenStandardChannel(user, hashRate, maxTarget);
            else
                party.Link.Client.OpenExtendedChannel(user, hashRate, maxTarget, (ushort)_random.Next(9));
        }

        private void CloseSomething(Party party)
        {
            if (Any(party) is not { } channel)
                return;
            switch (_random.Next(3))
            {
                case 0:
                    party.Link.Client.CloseChannel(channel);
                    break;
                case 1:
                    party.Link.Server.CloseChannel(channel.Id, "test");
                    break;
                default:
                    // No client session closes a group, so a raw message does, by the server's idea of the group.
                    Pump(party);
                    if (party.Link.Server.FindChannel(channel.Id) is not { } server)
                        break;
                    HashSet<uint> members = [.. party.Link.Server.Channels.Where(any => any.GroupChannelId == server.GroupChannelId).Select(any => any.Id)];
                    party.Link.Say(new CloseChannel { ChannelId = server.GroupChannelId, ReasonCode = "" });
                    foreach (ClientChannel member in party.Link.Client.Channels.Where(any => members.Contains(any.Id)).ToList())
                        party.Link.Client.CloseChannel(member);
                    break;
            }
        }

        // A share is found now, but reaches the server later.
        private void Hold(Party party)
        {
            if (Any(party)?.Work is { } work && _held.Count < 20)
                _held.Add((party, Find(work)));
        }

        private void ReleaseHeld()
        {
            foreach ((Party party, Found found) in _held)
            {
                party.Link.Client.TrySubmit(found.Work, found.Nonce, found.NTime, found.Version, found.Extranonce, out _);
                if (Chance(4))
                    party.Link.SayShare(found, 0);
            }
            _held.Clear();
        }

        private void SubmitNonsense(Party party)
        {
            if (Any(party)?.Work is not { } work)
                return;
            Found found = Find(work);
            Found bad = _random.Next(5) switch
            {
                0 => found with { NTime = _random.Next(2) == 0 ? work.MinNTime - 1 : uint.MaxValue },
                1 => found with { Version = found.Version ^ (1u << _random.Next(5)) },
                2 => found with { Nonce = found.Nonce + 1 },
                3 when work.ExtranonceSize > 0 => found with { Extranonce = new byte[_random.Next(8)] },
                _ => found,
            };
            party.Link.SayShare(bad, (uint)_random.Next(), _random.Next(3) == 0 ? (uint)_random.Next(100) : work.JobId, _random.Next(3) == 0 ? (uint)_random.Next(20) : work.Channel.Id);
        }

        private void SendCustomJob(Party party)
        {
            if (Any(party) is not { Kind: ChannelKind.Extended } channel || _bench.Family.State.Tip is not { } tip || !party.Link.Server.ClientFlags.HasFlag(MiningSetupFlags.RequiresWorkSelection))
                return;
            // Without anything in flight, so that client and server mean the same prefix and target.
            Pump(party);
            if (channel.IsClosed)
                return;
            SetCustomMiningJob message = new()
            {
                ChannelId = channel.Id,
                RequestId = 0,
                MiningJobToken = default,
                Version = Templates.BlockVersion | (uint)_random.Next(4),
                PrevHash = _random.Next(6) == 0 ? U256.MaxValue : tip.PrevHash,
                MinNTime = tip.MinNTime,
                NBits = tip.NBits,
                CoinbaseTxVersion = 2,
                CoinbasePrefix = ByteString.FromHex("03400d0c"),
                CoinbaseTxInputNSequence = 1,
                CoinbaseTxOutputs = TxOutput.SerializePrefixed([new TxOutput((ulong)_random.Next(1, 1000), new Script(Templates.PayoutScript))]),
                CoinbaseTxLocktime = 0,
                MerklePath = (U256[])[Templates.Hash((uint)_random.Next(), 0)],
            };
            _customJobs.Accepts = _random.Next(4) != 0;
            int before = party.Link.Events.CustomAccepted.Count;
            party.Link.Client.SetCustomMiningJob(message);
            Pump(party);
            if (party.Link.Events.CustomAccepted.Count == before)
                return;
            MiningWork work = party.Link.Events.CustomAccepted[^1].Work.Single();
            party.Model.Custom(channel.Id, ModelOf(message, channel, work.JobId));
            if (_held.Count < 20)
                _held.Add((party, Find(work)));
        }

        // The coinbase of 5.3.18 put together by hand.
        private static ModelJob ModelOf(SetCustomMiningJob message, ClientChannel channel, uint jobId)
        {
            int scriptSig = message.CoinbasePrefix.Length + channel.ExtranoncePrefix.Length + channel.ExtranonceSize;
            return new ModelJob
            {
                Id = jobId,
                Version = message.Version,
                MinNTime = message.MinNTime,
                Tip = new ModelTip(message.PrevHash.AsSpan().ToArray(), message.MinNTime, message.NBits),
                Path = [.. message.MerklePath.ToArray().Select(step => step.AsSpan().ToArray())],
                CoinbasePrefix = [.. BitConverter.GetBytes(message.CoinbaseTxVersion), 1, .. new byte[32], 255, 255, 255, 255, (byte)scriptSig, .. message.CoinbasePrefix.Span],
                CoinbaseSuffix = [.. BitConverter.GetBytes(message.CoinbaseTxInputNSequence), .. message.CoinbaseTxOutputs.Span, .. BitConverter.GetBytes(message.CoinbaseTxLocktime)],
            };
        }

        // With nothing in flight, an honest share on the newest work must be credited, unless a bound was reached.
        private void MineInStep(Party party)
        {
            Pump(party);
            if (Any(party) is not { Work: { } work } channel)
                return;
            int credited = party.Link.Sink.Accepted.Count;
            int refused = party.Link.Sink.Refused.Count;
            Found found = Find(work);
            Assert.True(party.Link.Client.TrySubmit(work, found.Nonce, found.NTime, found.Version, found.Extranonce, out _));
            party.Link.DeliverToServer();
            if (party.Link.Sink.Accepted.Count == credited)
            {
                Assert.Equal(refused + 1, party.Link.Sink.Refused.Count);
                ShareRejection reason = party.Link.Sink.Refused[^1].Reason;
                // The search may have come upon a header that was submitted before; the rest are bounds.
                Assert.True(reason is ShareRejection.Duplicate or ShareRejection.TooManyShares or ShareRejection.NotRecorded, reason.ToString());
            }
            Assert.Equal(channel.Id, work.Channel.Id);
        }

        private Found Find(MiningWork work)
        {
            uint nTime = work.MinNTime + (uint)_random.Next(0, (int)(work.NTimeMax(_bench.Clock) - work.MinNTime) + 1);
            return Found.On(work, work.Target, nTime: nTime);
        }

        private ClientChannel? Any(Party party) => party.Link.Client.Channels.ElementAtOrDefault(_random.Next(Math.Max(1, party.Link.Client.Channels.Count)));

        private void Pump(Party party)
        {
            do
            {
                Observe();
            }
            while (party.Link.DeliverToServer() | party.Link.DeliverToClient());
            Observe();
        }

        /// <summary>Lets the models see what was sent and credited, in the order in which it was.</summary>
        private void Observe()
        {
            foreach (Party party in _parties)
            {
                party.Look();
                CreditedShares = _parties.Sum(any => any.Link.Sink.Accepted.Count);
                Assert.DoesNotContain(party.Link.Events.Violations, violation => violation.IsFatal);
            }
        }

        private void Compare(Party party)
        {
            Assert.Equal(party.Link.Server.Channels.Select(channel => channel.Id).Order(), party.Link.Client.Channels.Select(channel => channel.Id).Order());
            Assert.Equal(party.Model.Channels.Keys.Order(), party.Link.Client.Channels.Select(channel => channel.Id).Order());
            foreach (ClientChannel client in party.Link.Client.Channels)
            {
                ServerChannel server = party.Link.ServerSide(client);
                ModelChannel model = party.Model.Channels[client.Id];
                Assert.Equal(server.Target, client.Target);
                Assert.Equal(model.Target, Independent.Number(client.Target.AsSpan()));
                Assert.Equal(server.ExtranoncePrefix, client.ExtranoncePrefix);
                Assert.Equal(server.GroupChannelId, client.GroupChannelId);
                Assert.Equal(server.Family.State.Active?.JobId, client.Work?.JobId);
                Assert.Equal(model.Newest?.Id, client.Work?.JobId);
                if (client.Work is { } work)
                    Assert.Equal(model.Newest!.Target, Independent.Number(work.Target.AsSpan()));
                Assert.Equal(server.AcceptedShares, client.Accepted);
                Assert.Equal(model.Acknowledged, client.Accepted);
                Assert.True(server.JobCount <= 8);
            }
            IEnumerable<byte[]> prefixes = _parties.SelectMany(any => any.Link.Server.Channels).Select(channel => channel.ExtranoncePrefix.ToArray());
            Assert.Equal(prefixes.Count(), prefixes.Select(prefix => prefix[0]).Distinct().Count());
        }
    }

    /// <summary>A connection with its observer. The server's output and the sink's outcomes are interleaved as they happen.</summary>
    private sealed class Party
    {
        private readonly RecordingOutput _output;
        private int _frames;
        private int _shares;

        public Party(Link link, WireModel model)
        {
            Link = link;
            Model = model;
            _output = link.ToClient;
            link.Sink.Crediting = Look;
            link.Closing = id =>
            {
                Look();
                Model.Close(id);
            };
        }

        public Link Link { get; }

        public WireModel Model { get; }

        public void Look()
        {
            while (_frames < _output.Frames.Count)
                Model.Sent(_output.Frames[_frames++]);
            while (_shares < Link.Sink.Accepted.Count)
                Model.Credited(Link.Sink.Accepted[_shares++]);
        }
    }

    private sealed class CustomPolicy : ICustomJobPolicy
    {
        public bool Accepts { get; set; }

        public CustomJobVerdict OnCustomJob(CustomJobRequest request) => Accepts ? CustomJobVerdict.Accept : CustomJobVerdict.Refuse("no");
    }

    private sealed class RandomVardiff(History history) : IVardiff
    {
        public U256 Start(double nominalHashRate, long timestamp) => history.RandomTarget();

        public void OnShare(ulong work, long timestamp)
        {
        }

        public bool TryRetarget(in U256 current, long timestamp, out U256 proposed)
        {
            proposed = history.RandomTarget();
            return history.Chance(6);
        }

        public void OnTarget(in U256 target, long timestamp)
        {
        }

        public double HashRate(long timestamp) => 0;
    }
}
