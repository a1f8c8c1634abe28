namespace Sv2.ControlPlane.Security;

/// <summary>The cookie of a session: out of reach of scripts, and never sent by other sites' pages.</summary>
internal static class SessionCookie
{
    // Browsers send a host's cookies to all its ports: two stacks on one machine must not overwrite each other's.
    private static string NameOf(HttpContext context) => $"sv2_session_{context.Connection.LocalPort}";

    public static string? Read(HttpContext context) => context.Request.Cookies[NameOf(context)];

    public static void Write(HttpContext context, string secret, TimeSpan lifetime) => context.Response.Cookies.Append(NameOf(context), secret, Options(context, lifetime));

    public static void Clear(HttpContext context) => context.Response.Cookies.Delete(NameOf(context), Options(context, null));

    private static CookieOptions Options(HttpContext context, TimeSpan? lifetime) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = context.Request.IsHttps,
        Path = "/",
        MaxAge = lifetime,
        IsEssential = true,
    };
}
