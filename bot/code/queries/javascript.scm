(class_declaration name: (identifier) @name) @class
(class_heritage [(identifier) @ref (member_expression property: (_) @ref)])
(field_definition property: [(property_identifier) (private_property_identifier)] @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @method
