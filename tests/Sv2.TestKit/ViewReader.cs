using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Sv2.Protocol;

namespace Sv2.TestKit;

/// <summary>
/// Reads every field of a view, as a hot path would: a small method is emitted that calls each getter. Reflection cannot
/// do it, because a view is a ref struct.
/// </summary>
/// <typeparam name="TView">The view.</typeparam>
public static class ViewReader<TView> where TView : struct, IMessageView<TView>, allows ref struct
{
    /// <summary>Reads every field of a view and every element of its sequences.</summary>
    /// <param name="view">The view.</param>
    public delegate void Reader(in TView view);

    /// <summary>Reads every field; allocates nothing itself.</summary>
    public static Reader ReadAll { get; } = Build();

    private static Reader Build()
    {
        DynamicMethod method = new("ReadAll", typeof(void), [typeof(TView).MakeByRefType()], typeof(TView).Module, skipVisibility: true);
        ILGenerator code = method.GetILGenerator();
        foreach (PropertyInfo property in typeof(TView).GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            code.Emit(OpCodes.Ldarg_0);
            code.Emit(OpCodes.Call, property.GetMethod!);
            code.Emit(OpCodes.Call, Sink(property.PropertyType));
        }

        code.Emit(OpCodes.Ret);
        return method.CreateDelegate<Reader>();
    }

    private static MethodInfo Sink(Type type)
    {
        if (type == typeof(ReadOnlySpan<byte>)) return FieldSink.Method(nameof(FieldSink.Bytes));
        if (type == typeof(BytesSeqView)) return FieldSink.Method(nameof(FieldSink.BytesSeq));
        return type.IsGenericType && type.GetGenericTypeDefinition() == typeof(SeqView<>)
            ? FieldSink.Method(nameof(FieldSink.Seq)).MakeGenericMethod(type.GetGenericArguments())
            : FieldSink.Method(nameof(FieldSink.Value)).MakeGenericMethod(type);
    }
}

/// <summary>Where the fields go: somewhere the compiler cannot leave out.</summary>
internal static class FieldSink
{
    [ThreadStatic]
    private static long _sum;

    public static MethodInfo Method(string name) => typeof(FieldSink).GetMethod(name)!;

    public static void Value<T>(T value) where T : allows ref struct => _sum += Unsafe.As<T, byte>(ref value);

    public static void Bytes(ReadOnlySpan<byte> bytes) => _sum += bytes.Length > 0 ? bytes[^1] : 0;

    public static void Seq<T>(SeqView<T> elements) where T : unmanaged
    {
        foreach (T element in elements) Value(element);
    }

    public static void BytesSeq(BytesSeqView elements)
    {
        foreach (ReadOnlySpan<byte> element in elements) Bytes(element);
    }
}
