using System.Text.Json;
using Sv2.ControlPlane.Cli;
using Sv2.Roles;

namespace Sv2.ControlPlane.Tests.Cli;

/// <summary>That the progress log speaks of each tip once.</summary>
public sealed class ToldTipsTests
{
    private readonly ToldTips _told = new();

    [Fact]
    public void A_tip_is_told_by_the_first_role_that_has_it()
    {
        Assert.False(_told.IsRepeated(Tip("template-provider", "aa")));
        Assert.True(_told.IsRepeated(Tip("pool", "aa")));
        Assert.False(_told.IsRepeated(Tip("pool", "bb")));
    }

    [Fact]
    public void The_tip_that_a_found_block_makes_is_no_news_but_what_becomes_of_the_block_is()
    {
        Assert.False(_told.IsRepeated(Event("pool", RoleEventTypes.Block, new { hash = "cc", state = "submitted" })));
        Assert.True(_told.IsRepeated(Tip("template-provider", "cc")));
        Assert.False(_told.IsRepeated(Event("pool", RoleEventTypes.Block, new { hash = "cc", state = "accepted" })));
    }

    [Fact]
    public void Events_that_name_no_block_are_always_told()
    {
        for (int i = 0; i < 2; i++)
        {
            Assert.False(_told.IsRepeated(Event("pool", RoleEventTypes.NewTip, null)));
            Assert.False(_told.IsRepeated(Event("pool", RoleEventTypes.NewTip, new { hash = 7 })));
            Assert.False(_told.IsRepeated(Event("pool", RoleEventTypes.NewTip, "text")));
        }
    }

    [Fact]
    public void Only_the_last_blocks_are_remembered()
    {
        Assert.False(_told.IsRepeated(Tip("pool", "first")));
        for (int i = 0; i < 100; i++) Assert.False(_told.IsRepeated(Tip("pool", $"{i}")));
        Assert.False(_told.IsRepeated(Tip("pool", "first")));
    }

    private static RoleEvent Tip(string instance, string hash) => Event(instance, RoleEventTypes.NewTip, new { hash, height = 1 });

    private static RoleEvent Event(string instance, string type, object? data) => new(
        1, DateTimeOffset.UnixEpoch, instance, type, RoleEventSeverity.Info, "message", data is null ? null : JsonSerializer.SerializeToElement(data));
}
