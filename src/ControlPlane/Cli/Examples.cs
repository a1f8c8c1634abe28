namespace Sv2.ControlPlane.Cli;

/// <summary>The examples that <c>--help</c> shows.</summary>
internal static class Examples
{
    public static string[] Of(string command) => command switch
    {
        "" =>
        [
            "sv2                                              run a whole stack that mines, on this machine only",
            "sv2 --set pool.listen=127.0.0.1:34300            the same, with one key of one role changed",
            "sv2 run pool --config pool.json                  run one role",
            "sv2 config example pool > pool.json              a configuration to start from",
            "sv2 keygen --out authority.key                   make an authority key",
            "sv2 decode 00000109000000…                       show what a frame says",
        ],
        "up" =>
        [
            "sv2 up",
            "sv2 up --data-dir ./data --http 127.0.0.1:0",
            "sv2 up --set pool.listen=0.0.0.0:34254 --set device.threads=2",
        ],
        "run" =>
        [
            "sv2 run pool --config pool.json",
            "sv2 run pool --config pool.json --http 127.0.0.1:8081 --data-dir ./pool",
        ],
        "config" =>
        [
            "sv2 config example pool > pool.json",
            "sv2 config example translator > translator.json",
            "sv2 config example job-declarator-server > jds.json",
            "sv2 config example mining-proxy > proxy.json",
            "sv2 config check pool.json",
            "sv2 config schema pool",
        ],
        "keygen" =>
        [
            "sv2 keygen --out authority.key",
            "sv2 keygen --inspect authority.key",
            "sv2 keygen --inspect stratum2+tcp://127.0.0.1:34254/9auqWEzQDVyd2oe1JVGFLMLHZtCo2FFqZwtKA5gd9xbuEu7PH72",
        ],
        "link" =>
        [
            "sv2 link",
            "sv2 link --data-dir /var/lib/sv2 --url https://pool.example:8443",
        ],
        "token" or "create" =>
        [
            "sv2 token create --name grafana --scope read --days 365",
            "sv2 token create --data-dir /var/lib/sv2 --scope admin",
        ],
        "backup" =>
        [
            "sv2 backup sv2.tar.gz",
            "sv2 backup /backups/sv2-monday.tar.gz --data-dir /var/lib/sv2",
        ],
        "restore" =>
        [
            "sv2 restore sv2.tar.gz --data-dir ./restored",
        ],
        "decode" =>
        [
            "sv2 decode 00000109000000…",
            "sv2 decode < frames.txt",
        ],
        "encode" =>
        [
            "sv2 decode < frames.txt | sv2 encode",
            """sv2 encode '{"message":"CloseChannel","fields":{"channel_id":1,"reason_code":""}}'""",
        ],
        "spec" =>
        [
            "sv2 spec",
            "sv2 spec OpenStandardMiningChannel",
        ],
        "doctor" =>
        [
            "sv2 doctor stratum2+tcp://127.0.0.1:34254/9auqWEzQDVyd2oe1JVGFLMLHZtCo2FFqZwtKA5gd9xbuEu7PH72",
            "sv2 doctor stratum2+tcp://127.0.0.1:34254/9auqWE… --channel standard --user account.worker",
            "sv2 doctor stratum2+tcp://127.0.0.1:8442/9auqWE… --protocol template-distribution",
        ],
        _ => [],
    };
}
