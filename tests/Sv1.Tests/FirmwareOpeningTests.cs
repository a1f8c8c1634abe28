using System.Text.Json.Nodes;

namespace Sv1.Tests;

/// <summary>
/// The first lines of software in the field, written down from what it sends. Whatever the order: every request gets its
/// answer, and the job comes once the miner is subscribed and authorised, after its difficulty.
/// </summary>
public sealed class FirmwareOpeningTests
{
    public static TheoryData<string, string[]> Openings => new()
    {
        {
            "cpuminer",
            [
                """{"id": 1, "method": "mining.subscribe", "params": ["cpuminer/2.5.1"]}""",
                """{"id": 2, "method": "mining.authorize", "params": ["user.worker", "x"]}""",
            ]
        },
        {
            "cgminer and bfgminer: resumes a session, asks for the extranonce after authorising",
            [
                """{"id": 0, "method": "mining.subscribe", "params": ["cgminer/4.12.1", "deadbeef"]}""",
                """{"id": 1, "method": "mining.authorize", "params": ["user.worker", "x"]}""",
                """{"id": 2, "method": "mining.extranonce.subscribe", "params": []}""",
            ]
        },
        {
            "AxeOS on a Bitaxe",
            [
                """{"id": 1, "method": "mining.subscribe", "params": ["bitaxe/BM1370/v2.6.0"]}""",
                """{"id": 2, "method": "mining.configure", "params": [["version-rolling"], {"version-rolling.mask": "ffffffff"}]}""",
                """{"id": 3, "method": "mining.authorize", "params": ["bc1qexample.bitaxe", "x"]}""",
                """{"id": 4, "method": "mining.suggest_difficulty", "params": [1000]}""",
            ]
        },
        {
            "stock Antminer: configures first, waits for the answer",
            [
                """{"id":1,"method":"mining.configure","params":[["version-rolling"],{"version-rolling.mask":"1fffe000","version-rolling.min-bit-count":16}]}""",
                """{"id":2,"method":"mining.subscribe","params":["Antminer S19/Fri Apr  1"]}""",
                """{"id":3,"method":"mining.authorize","params":["user.worker","123"]}""",
            ]
        },
        {
            "BOSminer: several extensions at once",
            [
                """{"id":0,"method":"mining.configure","params":[["minimum-difficulty","version-rolling","subscribe-extranonce","info"],{"minimum-difficulty.value":256,"version-rolling.mask":"1fffe000","version-rolling.min-bit-count":"2","info.sw-version":"bosminer"}]}""",
                """{"id":1,"method":"mining.subscribe","params":["bosminer-plus-tuner",null,"pool.example",3333]}""",
                """{"id":2,"method":"mining.authorize","params":["user.worker",""]}""",
            ]
        },
        {
            "Whatsminer: carriage returns, ids as strings",
            [
                """{"id":"1","method":"mining.subscribe","params":["whatsminer/v1.1"]}""" + "\r",
                """{"id":"2","method":"mining.authorize","params":["user.worker","x"]}""" + "\r",
            ]
        },
        {
            "NerdMiner: suggests before it authorises",
            [
                """{"id": 1, "method": "mining.subscribe", "params": ["NerdMinerV2/V1.7.0"]}""",
                """{"params": [0.00015], "id": 2, "method": "mining.suggest_difficulty"}""",
                """{"params": ["bc1qexample.nerd", "x"], "id": 3, "method": "mining.authorize"}""",
            ]
        },
        {
            "proxies: authorise first, parameters missing",
            [
                """{"method":"mining.authorize","params":["user.worker"],"id":7}""",
                """{"method":"mining.subscribe","id":8}""",
            ]
        },
        {
            "everything at once, extranonce before all else",
            [
                """{"id":1,"method":"mining.extranonce.subscribe","params":[]}""",
                """{"id":2,"jsonrpc":"2.0","method":"mining.subscribe","params":null}""",
                """{"id":3,"method":"mining.suggest_target","params":["00000000ffff0000000000000000000000000000000000000000000000000000"]}""",
                """{"id":4,"method":"mining.authorize","params":["user.worker","d=1024,x"]}""",
                """{"id":5,"method":"mining.ping","params":[]}""",
            ]
        },
    };

    [Theory]
    [MemberData(nameof(Openings))]
    [Trait("spec", "345")]
    public void Gets_its_answers_a_difficulty_and_a_job(string firmware, string[] lines)
    {
        ServerHarness server = new();
        foreach (string line in lines)
            Assert.Null(server.Receive(line.Trim()));

        List<JsonObject> sent = server.Output.Take();
        List<JsonObject> answers = [.. sent.Where(line => line["method"] is null)];
        Assert.Equal(lines.Select(line => JsonNode.Parse(line)!["id"]!.ToJsonString()), answers.Select(answer => answer["id"]!.ToJsonString()));
        Assert.All(answers, answer => Assert.True(answer["error"] is null, $"{firmware}: {answer}"));
        Assert.Equal(["mining.set_difficulty", "mining.notify"], sent.Where(line => line["method"] is not null).Select(line => line["method"]!.GetValue<string>()));
        Assert.True(server.Session.IsReady);
        Assert.Equal(1, server.Ready);
    }

    [Fact]
    public void Subscription_has_the_shape_miners_expect()
    {
        ServerHarness server = new();
        server.Receive("""{"id":1,"method":"mining.subscribe","params":[]}""");

        Assert.Equal(
            """{"id":1,"result":[[["mining.set_difficulty","s1"],["mining.notify","s1"]],"0a0b0c0d",4],"error":null}""",
            Assert.Single(server.Output.Lines));
    }

    [Theory]
    [InlineData("ffffffff", "1fffe000")]
    [InlineData("00c00000", "00c00000")]
    [InlineData("0x1FFFE000", "1fffe000")]
    [InlineData("e0000000", "00000000")]
    public void Version_mask_is_what_both_can_roll(string wanted, string granted)
    {
        ServerHarness server = new();
        server.Receive($$$"""{"id":1,"method":"mining.configure","params":[["version-rolling"],{"version-rolling.mask":"{{{wanted}}}"}]}""");

        JsonNode result = Assert.Single(server.Output.Take())["result"]!;
        Assert.Equal(granted, result["version-rolling.mask"]!.GetValue<string>());
        Assert.Equal(granted != "00000000", result["version-rolling"]!.GetValue<bool>());
    }

    [Fact]
    public void A_probe_that_subscribes_authorises_and_leaves_costs_nothing_but_its_answers()
    {
        ServerHarness server = new() { StartTarget = null };
        server.Open();

        Assert.Equal(1, server.Ready);
        Assert.Empty(server.Shares);
        Assert.Empty(server.Refused);
    }

    [Fact]
    public void Unknown_methods_are_refused_and_the_connection_goes_on()
    {
        ServerHarness server = new ServerHarness().Open();

        Assert.Null(server.Receive("""{"id":11,"method":"mining.get_transactions","params":["j1"]}"""));
        Assert.Null(server.Receive("""{"method":"mining.something","params":[]}"""));
        Assert.Null(server.Receive("""{"id":12,"method":"mining.ping"}"""));

        Assert.Equal(["11:error 20", "12:String"], server.Output.TakeKinds());
    }
}
