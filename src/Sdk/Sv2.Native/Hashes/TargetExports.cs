using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sv2.Bitcoin;
using Sv2.Native.Abi;
using Sv2.Protocol;

namespace Sv2.Native.Hashes;

/// <summary>Targets, difficulties and 256-bit numbers.</summary>
internal static unsafe class TargetExports
{
    [UnmanagedCallersOnly(EntryPoint = "sv2_u256_compare", CallConvs = [typeof(CallConvCdecl)])]
    public static int Compare(U256* left, U256* right) =>
        Read(left).CompareTo(Read(right));

    [UnmanagedCallersOnly(EntryPoint = "sv2_u256_to_hex", CallConvs = [typeof(CallConvCdecl)])]
    public static Status ToHex(U256* value, byte* text, nuint capacity)
    {
        try
        {
            return value is null ? Failure.Null("value") : Arguments.CopyText(Read(value).ToDisplayString(), text, capacity, null, "text");
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_u256_from_hex", CallConvs = [typeof(CallConvCdecl)])]
    public static Status FromHex(byte* text, U256* value)
    {
        try
        {
            if (value is null)
                return Failure.Null("value");
            if (Arguments.Text(text) is not { } hex)
                return Failure.Null("text");
            if (hex.Length != 2 * U256.Size || !hex.All(char.IsAsciiHexDigit))
                return Failure.With(Status.Format, $"a 256-bit number has {2 * U256.Size} hexadecimal digits");
            Unsafe.WriteUnaligned(value, U256.FromDisplayHex(hex));
            return Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_target_from_nbits", CallConvs = [typeof(CallConvCdecl)])]
    public static Status FromNBits(uint nBits, U256* target)
    {
        try
        {
            if (target is null)
                return Failure.Null("target");
            if (!new CompactTarget(nBits).TryToTarget(out var read))
                return Failure.With(Status.Format, $"nbits: 0x{nBits:x8} is not a target");
            Unsafe.WriteUnaligned(target, read);
            return Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_target_to_nbits", CallConvs = [typeof(CallConvCdecl)])]
    public static Status ToNBits(U256* target, uint* nBits)
    {
        try
        {
            if (target is null)
                return Failure.Null("target");
            if (nBits is null)
                return Failure.Null("nbits");
            *nBits = CompactTarget.FromTarget(Read(target)).NBits;
            return Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_target_from_difficulty", CallConvs = [typeof(CallConvCdecl)])]
    public static Status FromDifficulty(double difficulty, U256* target)
    {
        try
        {
            if (target is null)
                return Failure.Null("target");
            if (!(difficulty > 0))
                return Failure.With(Status.Argument, "difficulty: must be above 0");
            Unsafe.WriteUnaligned(target, Target.FromDifficulty(difficulty));
            return Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_target_from_hash_rate", CallConvs = [typeof(CallConvCdecl)])]
    public static Status FromHashRate(double hashesPerSecond, double secondsPerShare, U256* target)
    {
        try
        {
            if (target is null)
                return Failure.Null("target");
            if (!(hashesPerSecond > 0) || !(secondsPerShare > 0))
                return Failure.With(Status.Argument, "hashes_per_second and seconds_per_share: must be above 0");
            Unsafe.WriteUnaligned(target, Target.FromHashesPerShare(hashesPerSecond * secondsPerShare));
            return Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_target_difficulty", CallConvs = [typeof(CallConvCdecl)])]
    public static double Difficulty(U256* target) => target is null ? 0 : Target.Difficulty(Read(target));

    [UnmanagedCallersOnly(EntryPoint = "sv2_target_hashes_per_share", CallConvs = [typeof(CallConvCdecl)])]
    public static double HashesPerShare(U256* target) => target is null ? 0 : Target.HashesPerShare(Read(target));

    // The header's sv2_u256 is an array of bytes, which may begin anywhere.
    private static U256 Read(U256* value) => value is null ? U256.Zero : Unsafe.ReadUnaligned<U256>(value);
}
