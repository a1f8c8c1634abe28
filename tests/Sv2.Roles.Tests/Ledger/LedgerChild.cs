using Sv2.Roles.Ledger;

namespace Sv2.Roles.Tests.Ledger;

/// <summary>
/// A process that books shares as fast as it can until it is killed. Each of its workers is one sink; a line
/// "ack WORKER COUNT" on standard output says that so many shares of it were told committed, as a pool would
/// acknowledge them to a miner, and "block HASH" that a block's solution would now leave the process.
/// </summary>
internal static class LedgerChild
{
    public static int Run(string path, int workers)
    {
        using Stream output = Console.OpenStandardOutput();
        ShareLedger ledger = ShareLedger.Open(path, new LedgerOptions { CommitDelay = TimeSpan.FromMilliseconds(2), QueueSharesMax = 4_096 }, TimeProvider.System);
        var line = new LineWriter(output);
        line.Write($"ready {Environment.ProcessId}");
        for (int i = 1; i < workers; i++)
        {
            int worker = i;
            new Thread(() => Book(ledger, line, worker)) { IsBackground = true }.Start();
        }

        Book(ledger, line, 0);
        return 0;
    }

    private static void Book(ShareLedger ledger, LineWriter line, int worker)
    {
        var sink = new Sink(line, worker);
        ShareEntry share = Shares.Of($"account{worker % 3}.worker{worker}");
        for (int i = 1; ; i++)
        {
            sink.Append(ledger, share);
            if (i % 500 == 0)
            {
                string hash = Guid.NewGuid().ToString("N");
                ledger.RecordBlock(Shares.Block(hash));
                line.Write($"block {hash}");
            }
        }
    }

    private sealed class Sink(LineWriter line, int worker) : ILedgerSink
    {
        private readonly Queue<long> _waiting = [];
        private long _acknowledged;

        public void Append(ShareLedger ledger, in ShareEntry share)
        {
            lock (_waiting)
            {
                if (ledger.TryAppend(share, this, out long sequence)) _waiting.Enqueue(sequence);
                else Monitor.Wait(_waiting, 1);
            }
        }

        public void Committed(long sequence)
        {
            lock (_waiting)
            {
                while (_waiting.TryPeek(out long next) && next <= sequence)
                {
                    _waiting.Dequeue();
                    _acknowledged++;
                }
            }

            line.Write($"ack {worker} {_acknowledged}");
        }
    }

    /// <summary>Whole lines straight to the operating system, so that a killed process leaves no line behind in a buffer.</summary>
    private sealed class LineWriter(Stream output)
    {
        public void Write(string text)
        {
            byte[] bytes = System.Text.Encoding.ASCII.GetBytes(text + "\n");
            lock (output)
            {
                output.Write(bytes);
                output.Flush();
            }
        }
    }
}
