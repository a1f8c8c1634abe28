using System.Diagnostics.CodeAnalysis;

namespace Sv1;

/// <summary><c>mining.configure</c> (BIP 310): which extensions a miner wants. Those it does not name are left alone.</summary>
public readonly record struct ConfigureRequest
{
    /// <summary>The bits that may be rolled when a miner asks for version rolling without a mask.</summary>
    public const uint AllVersionBits = 0xffff_ffff;

    /// <summary>The version bits the miner can roll; <see langword="null"/> when it does not ask for version rolling.</summary>
    public uint? VersionMask { get; init; }

    /// <summary>How many bits the miner needs at least, 0 when it does not say.</summary>
    public int MinBitCount { get; init; }

    /// <summary>The smallest difficulty the miner can work with; <see langword="null"/> when it does not ask.</summary>
    public double? MinimumDifficulty { get; init; }

    /// <summary>Whether the miner understands <c>mining.set_extranonce</c>.</summary>
    public bool WantsExtranonce { get; init; }

    /// <summary>Whether the miner tells about itself.</summary>
    public bool HasInfo { get; init; }

    /// <summary>Reads the parameters: a list of extension names and an object with their settings.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="request">The request, when the result is <see langword="true"/>.</param>
    /// <param name="error">Which parameter is wrong, when the result is <see langword="false"/>.</param>
    /// <returns>Whether the parameters are well-formed. Unknown extensions are no fault.</returns>
    public static bool TryRead(Sv1Values parameters, out ConfigureRequest request, [NotNullWhen(false)] out string? error)
    {
        request = default;
        error = null;
        Sv1Value extensions = parameters.Next();
        Sv1Value settings = parameters.Next();
        if (!extensions.IsArray && !extensions.IsNull)
        {
            error = "extensions: not an array";
            return false;
        }
        Sv1Values names = extensions.Items;
        while (error is null && names.TryNext(out Sv1Value name))
            request = request.With(name.Text, settings, out error);
        return error is null;
    }

    private ConfigureRequest With(ReadOnlySpan<byte> extension, Sv1Value settings, out string? error)
    {
        error = null;
        if (extension.SequenceEqual("version-rolling"u8))
            return WithVersionRolling(settings, out error);
        if (extension.SequenceEqual("minimum-difficulty"u8))
        {
            bool isNumber = settings.Member("minimum-difficulty.value"u8).TryGetDouble(out double difficulty) && difficulty >= 0;
            error = isNumber ? null : "minimum-difficulty.value: not a number of 0 or more";
            return this with { MinimumDifficulty = difficulty };
        }
        if (extension.SequenceEqual("subscribe-extranonce"u8))
            return this with { WantsExtranonce = true };
        return extension.SequenceEqual("info"u8) ? this with { HasInfo = true } : this;
    }

    private ConfigureRequest WithVersionRolling(Sv1Value settings, out string? error)
    {
        error = null;
        uint mask = AllVersionBits;
        Sv1Value maskValue = settings.Member("version-rolling.mask"u8);
        if (!maskValue.IsNull && !maskValue.TryGetHexUInt32(out mask))
            error = "version-rolling.mask: not up to 8 hexadecimal digits";
        // Firmware sends the count as a number, as a string, or not at all.
        _ = settings.Member("version-rolling.min-bit-count"u8).TryGetInt32(out int bits);
        return this with { VersionMask = mask, MinBitCount = Math.Clamp(bits, 0, 32) };
    }
}
