namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>Counts refusals by their code. Peers invent codes, so the number of them is bounded. Thread-safe.</summary>
internal sealed class CodeCounts
{
    private const int CodesMax = 32;
    private const string OtherCodes = "(other)";

    private readonly Dictionary<string, long> _counts = [];

    /// <summary>A copy.</summary>
    public IReadOnlyDictionary<string, long> Counts
    {
        get
        {
            lock (_counts)
                return new Dictionary<string, long>(_counts);
        }
    }

    /// <summary>Counts one.</summary>
    public void Add(string code)
    {
        lock (_counts)
        {
            string key = _counts.ContainsKey(code) || _counts.Count < CodesMax ? code : OtherCodes;
            _counts[key] = _counts.GetValueOrDefault(key) + 1;
        }
    }
}
