namespace Sv2.Roles.Ledger;

/// <summary>
/// Whom a share is booked for: an account and one worker of it. A miner writes both into <c>user_identity</c> as
/// <c>account.worker</c>; without a point the whole is the account and the worker's name is empty.
/// </summary>
public readonly record struct WorkerName(string Account, string Worker)
{
    /// <summary>Splits at the first point, so that a worker's own name may hold further points.</summary>
    public static WorkerName Parse(string userIdentity)
    {
        int point = userIdentity.IndexOf('.', StringComparison.Ordinal);
        return point < 0
            ? new WorkerName(userIdentity, "")
            : new WorkerName(userIdentity[..point], userIdentity[(point + 1)..]);
    }

    /// <summary><c>account.worker</c>, or the account alone where the worker has no name.</summary>
    public override string ToString() => Worker.Length == 0 ? Account : $"{Account}.{Worker}";
}
