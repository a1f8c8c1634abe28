namespace Sv2.ControlPlane.Security;

/// <summary>The words by which scopes are stored.</summary>
internal static class ScopeText
{
    public static string Of(Scope scope) => scope.ToString().ToLowerInvariant();

    /// <summary>What no version of this program wrote may do nothing.</summary>
    public static Scope Parse(string text) => text switch
    {
        "read" => Scope.Read,
        "operate" => Scope.Operate,
        "admin" => Scope.Admin,
        _ => Scope.None,
    };
}
