namespace Sv2.Protocol.Tests.Inspection;

/// <summary>A test that runs tshark, and says that it did not where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TsharkFactAttribute : FactAttribute
{
    public TsharkFactAttribute()
    {
        string folders = Environment.GetEnvironmentVariable("PATH") ?? "";
        if (!folders.Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "tshark"))))
            Skip = "did not run: tshark is not on the PATH";
    }
}
