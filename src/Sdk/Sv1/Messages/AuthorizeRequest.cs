using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Sv1;

/// <summary><c>mining.authorize</c>: names a worker.</summary>
/// <param name="User">Name of the worker, usually <c>account.worker</c>; 1 to 255 bytes in UTF-8.</param>
/// <param name="Password">The password; empty for none. Miners put settings into it, see <see cref="TryGetDifficulty"/>.</param>
public readonly record struct AuthorizeRequest(string User, string Password)
{
    /// <summary>Most bytes of a name: what <c>user_identity</c> of Stratum V2 holds.</summary>
    public const int UserBytesMax = 255;

    private const int PasswordCharsMax = 255;

    /// <summary>Reads the parameters.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="request">The request, when the result is <see langword="true"/>.</param>
    /// <param name="error">Which parameter is wrong, when the result is <see langword="false"/>.</param>
    /// <returns>Whether there is a name of a permitted length.</returns>
    public static bool TryRead(Sv1Values parameters, out AuthorizeRequest request, [NotNullWhen(false)] out string? error)
    {
        string user = parameters.Next().ToString().Trim();
        string password = parameters.Next().ToString();
        int bytes = Encoding.UTF8.GetByteCount(user);
        request = new AuthorizeRequest(user, password.Length <= PasswordCharsMax ? password : password[..PasswordCharsMax]);
        error = bytes == 0 ? "username: missing" : bytes > UserBytesMax ? $"username: {bytes} bytes, at most {UserBytesMax}" : null;
        return error is null;
    }

    /// <summary>The start difficulty that miners ask for in their password: <c>d=1024</c> or <c>diff=1024</c> among commas.</summary>
    /// <param name="difficulty">The difficulty, above zero.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGetDifficulty(out double difficulty)
    {
        difficulty = 0;
        foreach (Range range in Password.AsSpan().SplitAny(",; "))
        {
            ReadOnlySpan<char> setting = Password.AsSpan()[range];
            int equals = setting.IndexOf('=');
            if (equals < 0 || setting[..equals] is not ("d" or "diff" or "D"))
                continue;
            if (double.TryParse(setting[(equals + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out difficulty) && double.IsFinite(difficulty) && difficulty > 0)
                return true;
        }
        return false;
    }
}
