using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.JobDeclaration;
using Sv2.Roles.JobDeclaratorClient;
using Sv2.TestKit;

namespace Sv2.Roles.Tests.JobDeclaratorClient;

public sealed class TokenStoreTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    [Trait("spec", "258")]
    public void Asks_for_what_the_stock_lacks_and_gives_each_token_once()
    {
        TokenStore store = Store(stock: 2);
        Assert.True(store.TryAsk(out uint first));
        Assert.True(store.TryAsk(out uint second));
        Assert.False(store.TryAsk(out _));
        Assert.NotEqual(first, second);
        Put(store, second, 2);
        Put(store, first, 1);
        Assert.Equal(2, store.Take(Samples.Outputs())!.Bytes[0]);
        Assert.True(store.TryAsk(out _));
        Assert.Equal(1, store.Take(Samples.Outputs())!.Bytes[0]);
        Assert.Null(store.Take(Samples.Outputs()));
    }

    [Fact]
    [Trait("spec", "259")]
    public void Silence_is_the_only_refusal_there_is()
    {
        TokenStore store = Store();
        Assert.True(store.TryAsk(out _));
        _clock.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(store.IsOverdue);
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.True(store.IsOverdue);
    }

    [Fact]
    public void Old_tokens_are_replaced()
    {
        TokenStore store = Store();
        Assert.True(store.TryAsk(out uint request));
        Put(store, request, 1);
        _clock.Advance(TimeSpan.FromMinutes(2.1));
        Assert.True(store.TryAsk(out _));
        Assert.Null(store.Take(Samples.Outputs()));
    }

    [Fact]
    public void A_token_for_other_outputs_waits_for_the_job_that_has_them()
    {
        TokenStore store = Store(stock: 2);
        Assert.True(store.TryAsk(out uint first));
        Assert.True(store.TryAsk(out uint second));
        Put(store, first, 1);
        Put(store, second, 2, Samples.Outputs(Samples.DataX));
        Assert.Equal(2, store.Take(Samples.Outputs(Samples.DataX))!.Bytes[0]);
        Assert.Empty(store.Tokens);
    }

    [Theory]
    [Trait("spec", "261")]
    [Trait("spec", "377")]
    [InlineData("00", "payout")]
    [InlineData("02", "coinbase_tx_outputs")]
    [InlineData("", "coinbase_tx_outputs")]
    public void Outputs_that_cannot_be_used_are_the_servers_fault(string outputs, string named)
    {
        TokenStore store = Store();
        Assert.True(store.TryAsk(out uint request));
        Assert.Contains(named, Fault(store, request, ByteString.FromHex(outputs)));
    }

    [Fact]
    public void An_answer_to_nothing_is_the_servers_fault() => Assert.Contains("request_id", Fault(Store(), 99, Samples.Outputs()));

    private TokenStore Store(int stock = 1) => new(stock, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(2), _clock);

    private static void Put(TokenStore store, uint request, byte token, ByteString? outputs = null)
    {
        byte[] frame = Frame.ToArray(Samples.Token(request, token, outputs));
        Assert.True(AllocateMiningJobTokenSuccessView.TryRead(frame.AsSpan(FrameHeader.Size), out AllocateMiningJobTokenSuccessView view, out _));
        Assert.True(store.TryPut(view, out _, out string? fault), fault);
    }

    private static string Fault(TokenStore store, uint request, ByteString outputs)
    {
        byte[] frame = Frame.ToArray(Samples.Token(request, 1, outputs));
        Assert.True(AllocateMiningJobTokenSuccessView.TryRead(frame.AsSpan(FrameHeader.Size), out AllocateMiningJobTokenSuccessView view, out _));
        Assert.False(store.TryPut(view, out _, out string? fault));
        return fault;
    }
}
