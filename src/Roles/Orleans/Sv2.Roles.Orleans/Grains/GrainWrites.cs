using Orleans.Runtime;

namespace Sv2.Roles.Orleans.Grains;

/// <summary>How grains here store.</summary>
internal static class GrainWrites
{
    /// <summary>
    /// Stores. Where that fails this activation no longer knows what is stored, and ends: the next one reads it, and whoever
    /// asked hears of the failure and asks again.
    /// </summary>
    public static async Task WriteAsync<T>(this IGrainBase grain, IPersistentState<T> state)
    {
        try
        {
            await state.WriteStateAsync();
        }
        catch
        {
            grain.DeactivateOnIdle();
            throw;
        }
    }
}
