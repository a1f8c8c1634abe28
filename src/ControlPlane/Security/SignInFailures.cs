using System.Net;

namespace Sv2.ControlPlane.Security;

/// <summary>Counts wrong tokens by address. Whoever has a right one is never kept out by it.</summary>
internal sealed class SignInFailures(TimeProvider time)
{
    private const int PerAddressMax = 10;
    private const int AddressesMax = 10_000;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LatelyWindow = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, (DateTimeOffset Since, int Count)> _byAddress = [];
    private readonly Queue<DateTimeOffset> _lately = [];

    /// <summary>How many there were in the last ten minutes, at most 1000.</summary>
    public int Lately
    {
        get
        {
            lock (_gate)
            {
                Forget(time.GetUtcNow());
                return _lately.Count;
            }
        }
    }

    /// <summary>Notes one; true when this address has had too many within a minute.</summary>
    public bool Note(IPAddress? address)
    {
        address ??= IPAddress.None;
        DateTimeOffset now = time.GetUtcNow();
        lock (_gate)
        {
            Forget(now);
            _lately.Enqueue(now);
            if (_byAddress.Count >= AddressesMax)
                _byAddress.Clear();
            (DateTimeOffset since, int count) = _byAddress.GetValueOrDefault(address, (now, 0));
            if (now - since >= Window)
                (since, count) = (now, 0);
            _byAddress[address] = (since, count + 1);
            return count + 1 > PerAddressMax;
        }
    }

    private void Forget(DateTimeOffset now)
    {
        while (_lately.TryPeek(out DateTimeOffset at) && (now - at >= LatelyWindow || _lately.Count > 1000))
            _lately.Dequeue();
    }
}
