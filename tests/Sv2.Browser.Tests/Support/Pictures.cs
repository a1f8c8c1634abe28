namespace Sv2.Browser.Tests.Support;

/// <summary>Pictures of the pages for the documentation. A run writes them only when SV2_SCREENSHOTS=1 asks for it.</summary>
internal static class Pictures
{
    public static bool Wanted { get; } = Environment.GetEnvironmentVariable("SV2_SCREENSHOTS") == "1";

    /// <summary>The ones that the documentation shows; of the others none is kept.</summary>
    private static readonly string[] Shown = ["overview-light", "overview-dark", "miners-light", "pool-dark", "add-a-role-light", "keys-light", "phone"];

    /// <summary>Writes docs/images/NAME.png, if it is one that is shown.</summary>
    public static void Write(string name, BrowserWindow window, int width, int height)
    {
        if (!Wanted || !Shown.Contains(name))
            return;
        string folder = Path.Combine(Root(), "docs", "images");
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, name + ".png"), window.Picture(width, height));
    }

    private static string Root()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Sdk.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("Not in the repository.");
    }
}
