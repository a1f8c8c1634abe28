namespace Sv2.Load;

/// <summary>One simulated miner of a run, whatever protocol it speaks.</summary>
internal interface ILoadMiner
{
    /// <summary>Whether it is connected and has work.</summary>
    bool IsConnected { get; }

    long BytesSent { get; }

    long BytesReceived { get; }

    /// <summary>Shares without an answer yet.</summary>
    int Waiting { get; }

    /// <summary>Connects and returns when there is work.</summary>
    Task ConnectAsync(string pool, CancellationToken cancellation);

    /// <summary>Sends a share unless too many wait for their answer.</summary>
    /// <param name="isBad">Whether it is one that must be refused.</param>
    bool TrySubmit(bool isBad);

    Task DisconnectAsync();
}
