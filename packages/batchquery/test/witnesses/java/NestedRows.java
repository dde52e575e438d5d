import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DateLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.ListLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.MapLogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import shaded.parquet.com.fasterxml.jackson.databind.ObjectMapper;

/** Prints the rows of a Parquet file as JSON, as parquet-java reads them, in the form of nested_rows.py. */
public final class NestedRows {
    public static void main(String[] args) throws Exception {
        List<Object> rows = new ArrayList<>();
        try (ParquetFileReader reader = ParquetFileReader.open(new LocalInputFile(Path.of(args[0])))) {
            MessageType schema = reader.getFileMetaData().getSchema();
            for (PageReadStore pages = reader.readNextRowGroup(); pages != null; pages = reader.readNextRowGroup()) {
                RecordReader<Group> records =
                        new ColumnIOFactory().getColumnIO(schema).getRecordReader(pages, new GroupRecordConverter(schema));
                for (long row = 0; row < pages.getRowCount(); row++) rows.add(members(records.read()));
            }
        }
        System.out.write(new ObjectMapper().writeValueAsString(rows).getBytes(StandardCharsets.UTF_8));
        System.out.flush();
    }

    private static Map<String, Object> members(Group group) {
        Map<String, Object> members = new LinkedHashMap<>();
        for (int field = 0; field < group.getType().getFieldCount(); field++) {
            Type type = group.getType().getType(field);
            members.put(type.getName(), group.getFieldRepetitionCount(field) == 0 ? null : value(group, type, field, 0));
        }
        return members;
    }

    private static Object value(Group group, Type type, int field, int index) {
        LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
        if (!type.isPrimitive()) {
            Group inner = group.getGroup(field, index);
            boolean isMap = logical instanceof MapLogicalTypeAnnotation;
            if (!isMap && !(logical instanceof ListLogicalTypeAnnotation)) return members(inner);
            List<Object> elements = new ArrayList<>();
            for (int k = 0; k < inner.getFieldRepetitionCount(0); k++) {
                Map<String, Object> element = members(inner.getGroup(0, k));
                elements.add(isMap ? element : element.values().iterator().next());
            }
            return elements;
        }
        switch (type.asPrimitiveType().getPrimitiveTypeName()) {
            case BOOLEAN: return group.getBoolean(field, index);
            case DOUBLE: return group.getDouble(field, index);
            case FLOAT: return group.getFloat(field, index);
            case INT32:
                int number = group.getInteger(field, index);
                if (logical instanceof DateLogicalTypeAnnotation) return LocalDate.ofEpochDay(number).toString();
                return logical instanceof DecimalLogicalTypeAnnotation decimal ? shown(BigInteger.valueOf(number), decimal) : (Object) number;
            case INT64:
                long count = group.getLong(field, index);
                return logical instanceof DecimalLogicalTypeAnnotation decimal ? shown(BigInteger.valueOf(count), decimal) : (Object) count;
            default:
                byte[] bytes = group.getBinary(field, index).getBytes();
                if (logical instanceof DecimalLogicalTypeAnnotation decimal) return shown(new BigInteger(bytes), decimal);
                return logical == null ? HexFormat.of().withUpperCase().formatHex(bytes) : new String(bytes, StandardCharsets.UTF_8);
        }
    }

    private static String shown(BigInteger digits, DecimalLogicalTypeAnnotation decimal) {
        return new BigDecimal(digits, decimal.getScale()).toPlainString();
    }
}
