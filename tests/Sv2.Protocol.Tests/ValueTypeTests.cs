using System.Numerics;
using FsCheck;
using FsCheck.Fluent;

namespace Sv2.Protocol.Tests;

/// <summary>U256, byte strings, texts and sequences as values.</summary>
public class ValueTypeTests
{
    [Fact]
    public void U256_compares_as_a_number_whatever_the_limbs()
    {
        Prop.ForAll<ulong[], ulong[]>((left, right) =>
        {
            U256 a = From(left), b = From(right);
            return a.CompareTo(b) == Number(a).CompareTo(Number(b)) && (a == b) == (Number(a) == Number(b))
                && a < b == Number(a) < Number(b) && a >= b == Number(a) >= Number(b);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void U256_goes_through_hex_and_bytes_unchanged()
    {
        Prop.ForAll<ulong[]>(limbs =>
        {
            U256 value = From(limbs);
            byte[] bytes = new byte[32];
            value.CopyTo(bytes);
            return U256.FromWire(bytes) == value && U256.FromWireHex(value.ToString()) == value && U256.FromDisplayHex(value.ToDisplayString()) == value
                && value.AsSpan().SequenceEqual(bytes) && value.Limb(3) == U256.FromLimbs(value.Limb(0), value.Limb(1), value.Limb(2), value.Limb(3)).Limb(3);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void U256_shows_the_wire_or_the_display_order()
    {
        U256 value = U256.FromLimbs(0x0102);
        Assert.Equal("0201" + new string('0', 60), value.ToString());
        Assert.Equal(new string('0', 60) + "0102", value.ToDisplayString());
        Assert.Throws<FormatException>(() => U256.FromDisplayHex("12"));
        Assert.Throws<FormatException>(() => U256.FromWireHex(new string('g', 64)));
        Assert.Throws<ArgumentException>(() => U256.FromWire(new byte[31]));
        Assert.Equal(BigInteger.Pow(2, 256) - 1, Number(U256.MaxValue));
    }

    [Fact]
    public void Byte_strings_are_equal_by_content()
    {
        ByteString wrapped = new byte[] { 1, 2 };
        Assert.Equal(wrapped, ByteString.CopyOf([1, 2]));
        Assert.Equal(wrapped.GetHashCode(), ByteString.CopyOf([1, 2]).GetHashCode());
        Assert.NotEqual(wrapped, ByteString.FromHex("0102ff"));
        Assert.Equal("0102", wrapped.ToString());
        Assert.Equal(ByteString.Empty, ByteString.CopyOf([]));
        Assert.Equal(default, ByteString.Empty);
    }

    [Fact]
    public void Copy_is_apart_from_its_source_and_wrapping_is_not()
    {
        byte[] source = [1];
        ByteString copy = ByteString.CopyOf(source), wrap = ByteString.Wrap(source);
        source[0] = 9;
        Assert.Equal(1, copy[0]);
        Assert.Equal(9, wrap[0]);
    }

    [Fact]
    public void Texts_are_equal_by_bytes()
    {
        Text text = "héllo";
        Assert.Equal(6, text.Length);
        Assert.Equal(text, Text.CopyOf("héllo"u8));
        Assert.Equal("héllo", text.ToString());
        Assert.True(Text.Empty.IsEmpty && Text.Empty == "");
    }

    [Fact]
    public void Sequences_are_equal_by_content_and_made_by_collection_expressions()
    {
        Seq<uint> items = [1, 2, 3];
        Assert.Equal(items, Seq<uint>.Wrap(new uint[] { 1, 2, 3 }));
        Assert.Equal(items.GetHashCode(), Seq<uint>.Wrap(new uint[] { 1, 2, 3 }).GetHashCode());
        Assert.True(items != [1, 2]);
        Assert.Equal([1u, 2u, 3u], items.ToArray());
        Assert.Equal(6u, (uint)items.Sum(i => i));
        Assert.Equal("[1, 2, 3]", items.ToString());
        Seq<uint> none = [];
        Assert.True(none.IsEmpty && none == default);
    }

    private static U256 From(ulong[] limbs) =>
        U256.FromLimbs(limbs.ElementAtOrDefault(0), limbs.ElementAtOrDefault(1), limbs.ElementAtOrDefault(2), limbs.ElementAtOrDefault(3));

    private static BigInteger Number(U256 value) => new(value.AsSpan(), isUnsigned: true);
}
