using System.Buffers.Binary;
using System.Collections.Concurrent;
using Sv2.Roles.Workers;

namespace Sv2.Roles.Translator;

/// <summary>The connected miners, and the local extranonce bytes that tell them apart. Thread-safe.</summary>
internal sealed class TranslatorMiners
{
    private readonly ConcurrentDictionary<uint, TranslatorMiner> _miners = new();
    private uint _last;

    /// <summary>All that are connected, those included that have not introduced themselves.</summary>
    public ICollection<TranslatorMiner> All => _miners.Values;

    public int Count => _miners.Count;

    /// <summary>Bytes received from and sent to miners that have left.</summary>
    public Counter BytesReceived { get; } = new();

    /// <inheritdoc cref="BytesReceived"/>
    public Counter BytesSent { get; } = new();

    /// <summary>Takes a miner in, under local bytes that no other has, and that none had as long as possible.</summary>
    public TranslatorMiner Add(Func<byte[], TranslatorMiner> make)
    {
        while (true)
        {
            uint number = Interlocked.Increment(ref _last);
            byte[] local = new byte[JobTranslation.LocalSize];
            BinaryPrimitives.WriteUInt32BigEndian(local, number);
            if (_miners.ContainsKey(number))
                continue;
            TranslatorMiner miner = make(local);
            if (_miners.TryAdd(number, miner))
                return miner;
        }
    }

    public void Remove(TranslatorMiner miner)
    {
        if (!_miners.TryRemove(BinaryPrimitives.ReadUInt32BigEndian(miner.Local), out _))
            return;
        BytesReceived.Add(miner.Connection.BytesReceived);
        BytesSent.Add(miner.Connection.BytesSent);
    }
}
